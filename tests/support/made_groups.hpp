// The control groups that an agent has made for itself, to see whether they are gone.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "host/limits/control_group.hpp"
#include "host/proc_text.hpp"

namespace test {

// The directories of the groups that the process is in, as far as an agent has made them.
inline std::vector<std::string> made_groups_of(int pid) {
  using namespace agent::host;
  const ControlGroup group(place_controllers(read_text("/proc/self/mountinfo"),
                                             read_text(fmt::format("/proc/{}/cgroup", pid)),
                                             "cpu memory io pids\n"));
  std::vector<std::string> made = group.directories();
  std::erase_if(made,
                [](const std::string& directory) { return directory.find("/jkstack") == directory.npos; });
  return made;
}

inline bool any_exists(const std::vector<std::string>& directories) {
  return std::any_of(directories.begin(), directories.end(),
                     [](const std::string& directory) { return std::filesystem::exists(directory); });
}

}  // namespace test
