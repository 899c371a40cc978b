#include "host/process_meter.hpp"

namespace agent::host {

double cpu_percent(std::chrono::nanoseconds cpu, std::chrono::nanoseconds interval) {
  if (interval.count() <= 0 || cpu.count() <= 0) return 0;
  return 100.0 * static_cast<double>(cpu.count()) / static_cast<double>(interval.count());
}

double memory_percent(std::uint64_t bytes, std::uint64_t total) {
  if (total == 0) return 0;
  return 100.0 * static_cast<double>(bytes) / static_cast<double>(total);
}

}  // namespace agent::host
