#include "store/lease_table.hpp"

#include <algorithm>

namespace server::store {

const Lease* LeaseTable::find(LeaseId id) const {
  const auto found = leases_.find(id);
  return found == leases_.end() ? nullptr : &found->second;
}

std::vector<std::pair<LeaseId, std::chrono::milliseconds>> LeaseTable::list() const {
  std::vector<std::pair<LeaseId, std::chrono::milliseconds>> out;
  for (const auto& [id, lease] : leases_) out.emplace_back(id, lease.ttl);
  std::sort(out.begin(), out.end());
  return out;
}

void LeaseTable::add(LeaseId id, std::chrono::milliseconds ttl, Time deadline, bool revived) {
  const bool is_new = leases_.try_emplace(id, Lease{ttl, deadline, revived, {}}).second;
  if (is_new) deadlines_.emplace(deadline, id);
}

void LeaseTable::remove(LeaseId id) {
  const auto found = leases_.find(id);
  if (found == leases_.end()) return;
  for (const std::string& key : found->second.keys) owners_.erase(key);
  deadlines_.erase({found->second.deadline, id});
  leases_.erase(found);
}

void LeaseTable::renew(LeaseId id, Time now) {
  Lease& lease = leases_.at(id);
  deadlines_.erase({lease.deadline, id});
  lease.deadline = now + lease.ttl;
  deadlines_.emplace(lease.deadline, id);
}

void LeaseTable::note_alive(LeaseId id) {
  const auto found = leases_.find(id);
  if (found != leases_.end()) found->second.revived = false;
}

void LeaseTable::delay(Time::duration time) {
  deadlines_.clear();
  for (auto& [id, lease] : leases_) {
    lease.deadline += time;
    deadlines_.emplace(lease.deadline, id);
  }
}

std::vector<LeaseId> LeaseTable::due(Time now) const {
  std::vector<LeaseId> out;
  for (const auto& [deadline, id] : deadlines_) {
    if (deadline > now) break;
    out.push_back(id);
  }
  return out;
}

Time LeaseTable::next_deadline() const {
  return deadlines_.empty() ? Time::max() : deadlines_.begin()->first;
}

void LeaseTable::note(const KeyValue& change) {
  const auto owner = owners_.find(change.key);
  if (owner != owners_.end()) {
    const auto lease = leases_.find(owner->second);
    if (lease != leases_.end()) lease->second.keys.erase(change.key);
    owners_.erase(owner);
  }
  if (change.is_deleted() || change.lease == 0) return;
  const auto lease = leases_.find(change.lease);
  if (lease == leases_.end()) return;
  lease->second.keys.insert(change.key);
  owners_.emplace(change.key, change.lease);
}

}  // namespace server::store
