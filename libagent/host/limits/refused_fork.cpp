#include "host/limits/refused_fork.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/limits/cgroup_values.hpp"
#include "host/proc_text.hpp"

namespace agent::host {
namespace {

PidsLevel read_level(const std::string& directory) {
  const auto number = [&directory](const char* file) {
    return single_number(read_text(directory + "/" + file));
  };
  PidsLevel level{.directory = directory, .limit = number("pids.max")};
  const auto peak = number("pids.peak");
  level.most = peak ? *peak : number("pids.current").value_or(0);
  level.refused = counter(read_text(directory + "/pids.events"), "max").value_or(0);
  return level;
}

bool was_reached(const PidsLevel& level) { return level.limit && level.most >= *level.limit; }

// A group that was not there before began with zero.
bool has_refused(const PidsLevel& level, const std::vector<PidsLevel>& before) {
  const auto same = std::find_if(before.begin(), before.end(), [&level](const PidsLevel& earlier) {
    return earlier.directory == level.directory;
  });
  return level.refused > (same == before.end() ? 0 : same->refused);
}

}  // namespace

std::vector<PidsLevel> pids_levels(const ControllerPlace& place) {
  std::vector<PidsLevel> levels;
  if (!place.usable()) return levels;
  levels.push_back(read_level(place.own));
  std::string directory = place.own;
  for (std::size_t slash = directory.rfind('/'); slash != std::string::npos && slash > place.mount.size();
       slash = directory.rfind('/')) {
    directory.resize(slash);
    if (single_number(read_text(directory + "/pids.max"))) levels.push_back(read_level(directory));
  }
  return levels;
}

std::optional<PidsLevel> refusing_level(const std::vector<PidsLevel>& before,
                                        const std::vector<PidsLevel>& after) {
  const auto refused = [&before](const PidsLevel& level) { return has_refused(level, before); };
  if (std::none_of(after.begin(), after.end(), refused)) return {};
  for (const PidsLevel& level : after)
    if (refused(level) && was_reached(level)) return level;
  for (const PidsLevel& level : after)
    if (was_reached(level)) return level;
  return *std::find_if(after.begin(), after.end(), refused);
}

std::string describe(const PidsLevel& level) {
  return level.limit ? fmt::format("pids.max is {} in {}", *level.limit, level.directory)
                     : "a limit above " + level.directory;
}

}  // namespace agent::host
