// gateway: values of a store as etcd's JSON gateway writes them: bytes in base64, 64-bit numbers as strings,
// what is 0, empty or false left out. For both sides of it: what serves it and what asks etcd.
//
// Pure. Reading throws agent::Error bad_message with what was expected; it takes numbers as numbers, too, and
// names in lowerCamelCase, as the gateway does. etcd 3.4, rpc.proto and kv.proto.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/json.hpp"
#include "store/key_value.hpp"

namespace server::store::gateway {

// ---- single values

// The member "range_end", or "rangeEnd"; null when there is none.
agent::json::Value field(agent::json::Value object, std::string_view name);

// Null is 0, "" and false.
std::int64_t read_int64(agent::json::Value value);
std::uint64_t read_uint64(agent::json::Value value);
std::string read_bytes(agent::json::Value value);
bool read_bool(agent::json::Value value);

// Members that are left out when they have their default.
void write_int64(agent::json::Writer& out, std::string_view name, std::int64_t value);
void write_uint64(agent::json::Writer& out, std::string_view name, std::uint64_t value);
void write_bytes(agent::json::Writer& out, std::string_view name, std::string_view bytes);
void write_true(agent::json::Writer& out, std::string_view name, bool value);

// ---- messages, each one object

struct Header {
  std::uint64_t cluster_id = 0;
  std::uint64_t member_id = 0;
  Revision revision = 0;
  std::uint64_t raft_term = 0;
};
void write(agent::json::Writer& out, const Header& header);
Header read_header(agent::json::Value value);

// A deleted key has its name and the revision of the delete.
void write(agent::json::Writer& out, const KeyValue& item, bool with_value = true);
KeyValue read_key_value(agent::json::Value value);

// A change: what the key is now, a deleted one with version 0, and what it was, where that was asked for.
struct Event {
  KeyValue now;
  std::optional<KeyValue> before;
};
void write_event(agent::json::Writer& out, const KeyValue& now);
Event read_event(agent::json::Value value);

// ---- ranges

// `key` and `range_end` of etcd: no end is the one key, an end of one NUL is all keys from there on.
// Nothing: the range is inverted, so that no key is in it.
std::optional<KeyRange> range_of(std::string key, std::string range_end);
// The other way round, for a range that is not empty; of all keys both are one NUL.
void write_range(agent::json::Writer& out, const KeyRange& range);

}  // namespace server::store::gateway
