// boot_number: tells one run of the operating system from the next.
#pragma once

#include <cstdint>

namespace agent {

// A number that the system has chosen when it started, the same for all processes until the next start
// (proc(5), /proc/sys/kernel/random/boot_id). 0 when it is not known.
std::uint64_t boot_number();

}  // namespace agent
