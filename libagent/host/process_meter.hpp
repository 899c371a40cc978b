// ProcessMeter: what this process uses, for the agent's report on itself (wire protocol, section 6.2).
//
// The CPU percentage covers the time between two samples, so each reader has a meter of its own: a
// second reader of the same meter would shorten the first one's interval. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace agent::host {

struct ProcessUsage {
  double cpu_percent = 0;  // since the sample before; 100 = one core
  std::uint64_t resident_bytes = 0;
  double memory_percent = 0;     // resident memory in percent of RAM
  std::uint64_t threads = 0;     // of the operating system
  std::uint64_t heap_bytes = 0;  // in use, not what the allocator holds; 0 under a sanitizer's allocator
  std::int64_t started = 0;      // Unix seconds
};

class ProcessMeter {
 public:
  using Clock = std::chrono::steady_clock;
  using Now = std::function<Clock::time_point()>;

  // Starts the first interval.
  explicit ProcessMeter(Now now = Clock::now);

  // What cannot be found out is 0. Reads three small files of /proc, waits for nothing.
  ProcessUsage sample();

 private:
  Now now_;
  Clock::time_point last_time_;
  std::chrono::nanoseconds last_cpu_;
  std::uint64_t total_memory_;
  std::int64_t started_;
};

// The arithmetic. An interval that is not positive, CPU time that went back and RAM of 0 give 0.
double cpu_percent(std::chrono::nanoseconds cpu, std::chrono::nanoseconds interval);
double memory_percent(std::uint64_t bytes, std::uint64_t total);

}  // namespace agent::host
