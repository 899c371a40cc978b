// fleet_changes: what has become of a sorted list of sessions. Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hub/agent_session.hpp"

namespace server {

using Sessions = std::vector<std::shared_ptr<Session>>;

struct FleetChanges {
  std::vector<std::string> gone;  // ids that have no session any more
  Sessions come;                  // sessions that are new, also of ids that had another one
};

// Both lists are sorted by id and have each id at most once.
FleetChanges fleet_changes(const Sessions& before, const Sessions& now);

}  // namespace server
