// The limits of the container that the agent runs in, beside the host's sizes: the control group at the root
// of what this process sees of the group file systems. On a host that group has no limits, nor in a container
// that sees the host's. The agent's own group below it (limit.*) plays no part.
#pragma once

#include <cstdint>
#include <optional>

#include "machine_files.hpp"

namespace host {

// 0 means no limit.
struct ContainerLimits {
  double cpus = 0;  // processors' worth of time: the quota, or the CPUs it may run on if these are fewer
  std::uint64_t memory = 0;  // bytes
};

// What its processes have used.
struct ContainerUse {
  std::uint64_t cpu_nanoseconds = 0;  // since it was made
  std::uint64_t memory = 0;           // bytes, without cache of files that nobody has used lately
};

// nullopt when neither is limited. Limits above what the machine has, `cpus` and `memory`, are none. Groups
// of version 1 and 2, and both at once.
std::optional<ContainerLimits> read_container_limits(MachineFiles& files, std::uint64_t cpus,
                                                     std::uint64_t memory);
ContainerUse read_container_use(MachineFiles& files);

}  // namespace host
