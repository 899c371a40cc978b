// Whether a limit on a disk would do anything.
#pragma once

#include <string>

#include "host/limits/cgroup_values.hpp"

namespace agent::host {

// "" for a disk. Else why a limit belongs elsewhere, and where: "no such device", "is a partition of 8:0:
// ...", "is made of other disks (dm-0 on 8:0, 8:16): ...". `sys` is where sysfs is.
std::string problem_of_disk_device(DeviceNumber device, const std::string& sys = "/sys");

}  // namespace agent::host
