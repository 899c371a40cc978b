#include "host/limits/limit_check.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

#include "agent/error.hpp"
#include "host/limits/cgroup_values.hpp"

namespace agent::host {
namespace {

using DeviceNumbers = std::set<std::pair<std::uint32_t, std::uint32_t>>;

std::optional<std::string> problem_of_disk(const DiskLimit& disk, DeviceNumbers& seen) {
  try {
    const DeviceNumber device = parse_device(disk.dev);
    if (!seen.emplace(device.major, device.minor).second)
      return fmt::format("limit.disk_limit: dev '{}' is there twice", disk.dev);
    if (disk_writes(2, disk).empty())
      return fmt::format(
          "limit.disk_limit: dev '{}' has no limit: give read_bytes, write_bytes, read_iops or "
          "write_iops",
          disk.dev);
  } catch (const Error& error) {
    return std::string(error.within("limit.disk_limit").text());
  }
  return {};
}

}  // namespace

std::vector<std::string> problems_of(const LimitConfig& limit, Bytes agent_needs) {
  std::vector<std::string> problems;
  if (limit.cpu_quota > kMaxCpuPercent)
    problems.push_back(
        fmt::format("limit.cpu_quota: {} is more than {}; 100 is one core", limit.cpu_quota, kMaxCpuPercent));
  if (limit.memory_limit.value != 0 && limit.memory_limit < agent_needs)
    problems.push_back(fmt::format("limit.memory_limit: {} is less than the {} that the agent itself needs",
                                   to_string(limit.memory_limit), to_string(agent_needs)));
  DeviceNumbers seen;
  for (const DiskLimit& disk : limit.disk_limit)
    if (const std::optional<std::string> problem = problem_of_disk(disk, seen)) problems.push_back(*problem);
  return problems;
}

}  // namespace agent::host
