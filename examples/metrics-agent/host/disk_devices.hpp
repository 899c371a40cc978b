// DiskDevices: which block devices a file system lies on, to add up what they read and write. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "file_systems.hpp"
#include "machine_files.hpp"

namespace host {

using DeviceNumber = std::pair<std::uint32_t, std::uint32_t>;  // major, minor

// For most it is the one in the table of mounts. A btrfs has a number of its own there and lies on one device
// or several (/sys/fs/btrfs). Empty for what lies on no block device that the kernel names, such as nfs and
// zfs.
std::vector<DeviceNumber> devices_of(const FileSystem& system, MachineFiles& files);

}  // namespace host
