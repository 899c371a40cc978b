#include "tests/bench/usage.hpp"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

double cpu_us_of(pid_t pid) {
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    throw std::runtime_error("no process " + std::to_string(pid));
  }
  return static_cast<double>(used.tv_sec) * 1e6 + static_cast<double>(used.tv_nsec) * 1e-3;
}

}  // namespace

Usage usage_of(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return {.cpu_us = cpu_us_of(pid),
          .rss_bytes = resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))};
}

}  // namespace bench
