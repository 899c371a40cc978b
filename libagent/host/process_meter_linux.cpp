#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "agent/host.hpp"
#include "agent/processes.hpp"
#include "base/trim.hpp"
#include "host/proc_text.hpp"
#include "host/process_meter.hpp"

namespace agent::host {
namespace {

// CPU time of all threads in nanoseconds; /proc/self/stat counts in hundredths of a second.
std::chrono::nanoseconds cpu_time() {
  timespec used{};
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return {};
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

ProcessStat own_stat() { return parse_process_stat(read_text("/proc/self/stat")).value_or(ProcessStat{}); }

std::uint64_t resident_bytes() {
  std::string pages = read_text("/proc/self/statm");  // "size resident shared ..."
  std::string_view resident = std::string_view(pages).substr(std::min(pages.size(), pages.find(' ')));
  return leading_number(trim(resident)) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::int64_t start_time() {
  std::uint64_t boot = leading_number(trim(field_of(read_text("/proc/stat"), "btime", ' ')));
  std::uint64_t ticks_per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return boot == 0 ? 0 : static_cast<std::int64_t>(boot + own_stat().start_ticks / ticks_per_second);
}

std::uint64_t heap_in_use() {
  struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;  // hblkhd: large blocks, which have a mapping of their own
}

}  // namespace

ProcessMeter::ProcessMeter(Now now)
    : now_(std::move(now)),
      last_time_(now_()),
      last_cpu_(cpu_time()),
      total_memory_(read_total_memory()),
      started_(start_time()) {}

ProcessUsage ProcessMeter::sample() {
  Clock::time_point time = now_();
  std::chrono::nanoseconds cpu = cpu_time();
  ProcessUsage usage;
  usage.cpu_percent = cpu_percent(cpu - last_cpu_, time - last_time_);
  usage.resident_bytes = resident_bytes();
  usage.memory_percent = memory_percent(usage.resident_bytes, total_memory_);
  usage.threads = own_stat().threads;
  usage.heap_bytes = heap_in_use();
  usage.started = started_;
  last_time_ = time;
  last_cpu_ = cpu;
  return usage;
}

}  // namespace agent::host
