// LeaseTable: leases, when each expires, and which keys go away with it. Pure: the time is a parameter. One
// thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/key_value.hpp"
#include "store/store_watch.hpp"

namespace server::store {

// Heartbeats go to servers, not into the store: there are leases of servers, and of clients of the API.
inline constexpr std::size_t kLeases = 10'000;

struct Lease {
  std::chrono::milliseconds ttl{0};
  Time deadline;
  // It has its time because the store was restarted, not because its owner was heard of since.
  bool revived = false;
  std::set<std::string, std::less<>> keys;
};

class LeaseTable {
 public:
  const Lease* find(LeaseId id) const;
  std::size_t size() const { return leases_.size(); }
  // All of them with their ttl, by their ids.
  std::vector<std::pair<LeaseId, std::chrono::milliseconds>> list() const;

  void add(LeaseId id, std::chrono::milliseconds ttl, Time deadline, bool revived = false);
  void remove(LeaseId id);
  // The lease has its whole ttl from now on. It must exist.
  void renew(LeaseId id, Time now);
  // That its owner lives is in the file.
  void note_alive(LeaseId id);
  // Nobody could say that he lives for so long: everything expires later.
  void delay(Time::duration time);

  // Those whose deadline has come.
  std::vector<LeaseId> due(Time now) const;
  // max(): none.
  Time next_deadline() const;

  // A key was put or deleted: it belongs to the lease that it was put with last.
  void note(const KeyValue& change);

 private:
  std::unordered_map<LeaseId, Lease> leases_;
  std::set<std::pair<Time, LeaseId>> deadlines_;
  std::unordered_map<std::string, LeaseId> owners_;  // of keys that have a lease
};

}  // namespace server::store
