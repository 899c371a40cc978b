#include "api/fleet_changes.hpp"

namespace server {

FleetChanges fleet_changes(const Sessions& before, const Sessions& now) {
  FleetChanges changes;
  auto old = before.begin();
  for (const auto& session : now) {
    for (; old != before.end() && (*old)->id() < session->id(); ++old) changes.gone.push_back((*old)->id());
    const bool was_there = old != before.end() && (*old)->id() == session->id();
    if (!was_there || *old != session) changes.come.push_back(session);
    if (was_there) ++old;
  }
  for (; old != before.end(); ++old) changes.gone.push_back((*old)->id());
  return changes;
}

}  // namespace server
