// The limit that refuses a fork: the group's own, or that of any group above it, such as the TasksMax of a
// systemd unit (cgroups(7), the pids controller).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "host/cgroup_places.hpp"

namespace agent::host {

struct ForkLimit {
  std::string directory;   // of the group
  std::string group;       // as /proc/<pid>/cgroup names it, within what is mounted here
  std::uint64_t most = 0;  // its pids.max: processes and threads
};

// The nearest one, from the group of `pids` up, that is used up, or that was at some time where the kernel
// keeps the peak. Nothing where there is none: then it is the user's limit (RLIMIT_NPROC), or one above what
// is mounted here. Reads a few files; for when a fork was refused.
std::optional<ForkLimit> used_up_fork_limit(const ControllerPlace& pids);

// "pids.max of /system.slice/x.service is 20 (TasksMax of the unit)".
std::string describe(const ForkLimit& limit);

}  // namespace agent::host
