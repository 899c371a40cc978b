#include "host/fork_limit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/cgroup_values.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

std::uint64_t number_in(const std::string& path) { return single_number(read_text(path)).value_or(0); }

bool is_unit(const std::string& group) {
  return group.ends_with(".service") || group.ends_with(".scope") || group.ends_with(".slice");
}

}  // namespace

std::optional<ForkLimit> used_up_fork_limit(const ControllerPlace& pids) {
  if (pids.own.empty()) return {};
  for (std::string directory = pids.own; directory.size() > pids.mount.size();
       directory.resize(directory.rfind('/'))) {
    const auto most = single_number(read_text(directory + "/pids.max"));
    const std::uint64_t used =
        std::max(number_in(directory + "/pids.current"), number_in(directory + "/pids.peak"));
    if (most && used >= *most)
      return ForkLimit{.directory = directory, .group = directory.substr(pids.mount.size()), .most = *most};
  }
  return {};
}

std::string describe(const ForkLimit& limit) {
  return fmt::format("pids.max of {} is {}{}", limit.group, limit.most,
                     is_unit(limit.group) ? " (TasksMax of the unit)" : "");
}

}  // namespace agent::host
