// Which group refused a fork: its own, that of the agent, or one above, such as a unit with TasksMax
// (cgroups(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/limits/cgroup_places.hpp"

namespace agent::host {

struct PidsLevel {
  std::string directory;
  std::optional<std::uint64_t> limit;  // pids.max
  std::uint64_t most = 0;              // processes and threads at a time; before Linux 6.1 now
  std::uint64_t refused = 0;           // forks
};

// The group at `place`, and of those above it the ones with a limit, from the innermost on. Empty where
// processes are not counted.
std::vector<PidsLevel> pids_levels(const ControllerPlace& place);

// The level that refused forks between two looks, with its limit; nothing when no fork was refused. Kernels
// before 6.11, and v1, count in the group that forked, whoever's limit it was: the innermost one that was
// reached is it then. Pure.
std::optional<PidsLevel> refusing_level(const std::vector<PidsLevel>& before,
                                        const std::vector<PidsLevel>& after);

// "pids.max is 20 in /sys/fs/cgroup/x"
std::string describe(const PidsLevel& level);

}  // namespace agent::host
