// The JSON of etcd's gateway (v3, 3.4 and later): requests as text, answers as values.
//
// Bytes are base64; 64-bit numbers are written as text and read as text or number; what has its default value
// may be missing. Pure; any thread. Answers that are not etcd's throw Errc::bad_message.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json_value.hpp"
#include "store/etcd_keys.hpp"
#include "store/store_txn.hpp"

namespace server::store {

// ---- requests

// /v3/kv/range. `outer`: as etcd has the keys. `at` 0: now. Not `linear`: the member's own state, which may
// be old.
std::string range_request(const KeyRange& outer, std::size_t limit, Revision at = 0, bool linear = true);
// /v3/kv/txn.
std::string txn_request(const Txn& txn, const EtcdKeys& keys);
// /v3/watch: one for a watch, and what may be asked meanwhile.
std::string watch_request(const KeyRange& outer, Revision from);
std::string progress_request();
// /v3/lease/...
std::string grant_request(LeaseId id, std::chrono::seconds ttl);
std::string lease_request(LeaseId id);       // keepalive, revoke
std::string lease_keys_request(LeaseId id);  // timetolive
// /v3/auth/authenticate.
std::string authenticate_request(std::string_view user, std::string_view password);

// ---- answers

struct EtcdHeader {
  std::uint64_t cluster = 0;
  Revision revision = 0;
  std::uint64_t term = 0;  // of the election
};
// Every answer has one.
EtcdHeader header_of(agent::json::Value answer);

// Keys without the prefix.
Snapshot range_answer(agent::json::Value answer, const EtcdKeys& keys);
TxnAnswer txn_answer(agent::json::Value answer, const Txn& txn, const EtcdKeys& keys);

struct EtcdWatchLine {
  enum class Kind {
    created,
    events,
    progress,   // `header.revision`: everything up to there has been given
    alive,      // the answer to progress_request(), whose revision says nothing (etcd issue 15220)
    compacted,  // up to `compacted`; nothing comes any more
    cancelled,  // for `reason`; nothing comes any more
  };
  Kind kind = Kind::alive;
  EtcdHeader header;
  std::vector<Item> events;
  bool goes_on = false;  // the last revision of `events` may go on in the next line
  Revision compacted = 0;
  std::string reason;
};
// Throws EtcdError for a line that is one.
EtcdWatchLine watch_line(std::string line, const EtcdKeys& keys);

struct EtcdLease {
  EtcdHeader header;
  LeaseId id = 0;
  std::chrono::seconds left{0};     // of a keep-alive: its ttl. 0 or less: it is gone
  std::chrono::seconds granted{0};  // of lease_keys_request() only
  std::vector<std::string> keys;
};
// The answer to each request about leases.
EtcdLease lease_answer(agent::json::Value answer, const EtcdKeys& keys);

std::string token_answer(agent::json::Value answer);

}  // namespace server::store
