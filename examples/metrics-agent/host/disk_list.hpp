// The disks of the machine: /sys/block. Only names and sizes that the kernel knows anyway are read, so that a
// disk that sleeps goes on sleeping. Blocks as sysfs does.
#pragma once

#include <agent/wire/host.hpp>
#include <vector>

#include "machine_files.hpp"

namespace host {

// By name. Left out: what is made of other disks or of memory (device mapper, RAID, loop, RAM), optical and
// floppy drives, empty card readers, and the further paths to a disk that several lead to.
std::vector<agent::wire::DiskFacts> list_disks(MachineFiles& files);

}  // namespace host
