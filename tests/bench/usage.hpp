// Usage: what a process has cost so far, from the operating system's own accounting.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace bench {

struct Usage {
  double cpu_us = 0;            // user and system time of all threads, living and ended
  std::uint64_t rss_bytes = 0;  // resident now
};

// Throws std::runtime_error when there is no such process.
Usage usage_of(pid_t pid);

}  // namespace bench
