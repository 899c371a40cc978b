#include <unistd.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "agent/processes.hpp"
#include "host/limits/control_group.hpp"
#include "host/proc_text.hpp"
#include "host/process_table.hpp"
#include "host/service/daemon_place.hpp"

namespace agent::host {

int own_command_below(int supervisor) {
  std::unordered_map<int, int> parents;
  for (const ProcessEntry& entry : read_process_table()) parents[entry.pid] = entry.parent;
  int command = ::getpid();
  for (std::size_t step = 0; step < parents.size() && command > 1; ++step) {
    const int agent = parents[command];
    if (agent > 1 && parents[agent] == supervisor) return command;
    command = agent;
  }
  return 0;
}

bool runs(int pid) {
  const auto stat = parse_process_stat(read_text("/proc/" + std::to_string(pid) + "/stat"));
  return stat && stat->state != 'Z';
}

void join_groups_of(int pid) {
  const std::string groups = read_text("/proc/" + std::to_string(pid) + "/cgroup");
  if (groups.empty() || groups == read_text("/proc/self/cgroup")) return;
  const std::string mounts = read_text("/proc/self/mountinfo");
  const std::optional<std::string> v2 = own_v2_group(mounts, groups);
  try {
    ControlGroup(place_controllers(mounts, groups, v2 ? read_text(*v2 + "/cgroup.controllers") : ""))
        .add(::getpid());
  } catch (const Error& error) {
    log::warn("the daemon stays in the control group of whoever started it: {}", error.what());
  }
}

}  // namespace agent::host
