#include "container.hpp"

#include <agent/host.hpp>
#include <algorithm>
#include <string>

#include "text_scan.hpp"

namespace host {
namespace {

const std::string kGroups = "sys/fs/cgroup";

// "50000 100000" of cpu.max; "max 100000" is no limit.
double parse_cpu_max(std::string_view text) {
  std::string_view line = take_line(text);
  const auto quota = number_in(take_word(line));
  const auto period = number_in(take_word(line));
  return quota && period && *period != 0 ? static_cast<double>(*quota) / static_cast<double>(*period) : 0;
}

// Controllers of version 1 may be mounted together, with links under each name.
double quota_v1(MachineFiles& files) {
  for (const char* directory : {"/cpu", "/cpu,cpuacct", "/cpuacct,cpu"}) {
    const std::string group = kGroups + directory;
    const auto quota = number_in(files.read_line(group + "/cpu.cfs_quota_us"));  // "-1" is no limit
    const std::uint64_t period = count_in(files.read_line(group + "/cpu.cfs_period_us"));
    if (quota && period != 0) return static_cast<double>(*quota) / static_cast<double>(period);
  }
  return 0;
}

double allowed_cpus(MachineFiles& files) {
  for (const char* file :
       {"/cpuset.cpus.effective", "/cpuset/cpuset.effective_cpus", "/cpuset/cpuset.cpus"}) {
    const auto list = agent::parse_cpu_list(files.read_line(kGroups + file));
    if (!list.empty()) return static_cast<double>(list.size());
  }
  return 0;
}

double smaller_limit(double a, double b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

std::uint64_t memory_limit(MachineFiles& files) {
  const auto limit = number_in(files.read_line(kGroups + "/memory.max"));
  return limit ? *limit : count_in(files.read_line(kGroups + "/memory/memory.limit_in_bytes"));
}

std::uint64_t value_of(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    if (take_word(line) == key) return count_in(take_word(line));
  }
  return 0;
}

std::uint64_t less(std::uint64_t whole, std::uint64_t part) { return whole - std::min(whole, part); }

}  // namespace

std::optional<ContainerLimits> read_container_limits(MachineFiles& files, std::uint64_t cpus,
                                                     std::uint64_t memory) {
  ContainerLimits limits;
  limits.cpus = parse_cpu_max(files.read(kGroups + "/cpu.max"));
  if (limits.cpus == 0) limits.cpus = quota_v1(files);
  limits.cpus = smaller_limit(limits.cpus, allowed_cpus(files));
  if (cpus != 0 && limits.cpus >= static_cast<double>(cpus)) limits.cpus = 0;
  limits.memory = memory_limit(files);
  if (memory != 0 && limits.memory >= memory) limits.memory = 0;
  if (limits.cpus == 0 && limits.memory == 0) return std::nullopt;
  return limits;
}

ContainerUse read_container_use(MachineFiles& files) {
  ContainerUse use;
  use.cpu_nanoseconds = value_of(files.read(kGroups + "/cpu.stat"), "usage_usec") * 1000;
  if (use.cpu_nanoseconds == 0)
    use.cpu_nanoseconds = count_in(files.read_line(kGroups + "/cpuacct/cpuacct.usage"));
  if (const auto bytes = number_in(files.read_line(kGroups + "/memory.current"))) {
    use.memory = less(*bytes, value_of(files.read(kGroups + "/memory.stat"), "inactive_file"));
  } else {
    use.memory = less(count_in(files.read_line(kGroups + "/memory/memory.usage_in_bytes")),
                      value_of(files.read(kGroups + "/memory/memory.stat"), "total_inactive_file"));
  }
  return use;
}

}  // namespace host
