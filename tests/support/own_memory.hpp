// The memory of the test itself.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <fstream>

namespace test {

// Bytes of this process that are in memory now.
inline std::size_t resident_bytes() {
  std::size_t all = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace test
