// The logical CPUs one by one: /proc/cpuinfo, and /sys/devices/system/cpu for what it does not tell. Blocks
// as these files do, some microseconds for each CPU.
#pragma once

#include <agent/wire/host.hpp>
#include <string_view>
#include <vector>

#include "machine_files.hpp"

namespace host {

// From the text of /proc/cpuinfo alone, in its order: x86, ARM, POWER and s390 have lines of their own.
std::vector<agent::wire::CpuCore> parse_cpuinfo(std::string_view text);

// Those of `online`, each once and in that order. The clock is the highest that the CPU may have, or else the
// one of now; nothing is woken for it.
std::vector<agent::wire::CpuCore> list_cores(const std::vector<unsigned>& online, MachineFiles& files);

}  // namespace host
