#include "host/limits/cgroup_start.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_set>

#include "agent/error.hpp"
#include "host/command_mark.hpp"
#include "host/limits/control_group.hpp"
#include "host/proc_text.hpp"
#include "host/process_table.hpp"
#include "host/process_tree.hpp"

namespace agent::host {
namespace {

constexpr std::size_t kMostNamed = 8;

// Only the topmost group of the system, not that of a namespace, has no such file.
bool is_topmost(const std::string& group) {
  return ::access((group + "/cgroup.controllers").c_str(), F_OK) == 0 &&
         ::access((group + "/cgroup.type").c_str(), F_OK) != 0;
}

bool is_login_session(const std::string& group) {
  const std::string name = group.substr(group.rfind('/') + 1);
  return name.starts_with("session-") && name.ends_with(".scope");
}

std::vector<int> strangers_in(const std::string& group) {
  std::vector<int> pids = processes_in(group);
  const int own_pid = ::getpid();
  std::unordered_set<int> ours{own_pid};
  for (const ProcessEntry& entry : descendants_of(read_process_table(), own_pid)) ours.insert(entry.pid);
  std::erase_if(pids, [&ours](int pid) { return ours.contains(pid) || was_left_behind(pid); });
  return pids;
}

const ControllerPlace* v2_place(const CgroupPlaces& places) {
  for (const ControllerPlace* place : places.all())
    if (place->version == 2 && !place->own.empty()) return place;
  return nullptr;
}

std::string v2_start(const ControllerPlace& place) {
  if (is_topmost(place.own)) return place.own;
  const std::vector<int> strangers = strangers_in(place.own);
  if (strangers.empty()) return place.own;
  if (is_login_session(place.own) && is_topmost(place.mount)) return place.mount;
  throw Error(
      Errc::refused,
      fmt::format("{} holds processes that are not the agent's (pid {}), so it cannot pass controllers "
                  "on: start the agent in a group of its own, such as a unit with Delegate=yes",
                  place.own, list_pids(strangers)));
}

// An empty `name`: every group can do it.
void start_at_top(ControllerPlace& place, const std::string& top, std::string_view controllers,
                  std::string_view name) {
  if (place.version != 2) return;
  place.own = top;
  const bool listed =
      (" " + std::string(first_line(controllers)) + " ").find(fmt::format(" {} ", name)) != std::string::npos;
  place.problem = name.empty() || listed ? PlaceProblem::none : PlaceProblem::not_mounted;
}

void start_at_top(CgroupPlaces& places, const std::string& top) {
  const std::string controllers = read_text(top + "/cgroup.controllers");
  start_at_top(places.cpu, top, controllers, "cpu");
  start_at_top(places.memory, top, controllers, "memory");
  start_at_top(places.io, top, controllers, "io");
  start_at_top(places.pids, top, controllers, "pids");
  start_at_top(places.cpuacct, top, controllers, "");
  start_at_top(places.freezer, top, controllers, "");
}

void check_right(ControllerPlace& place) {
  if (!place.usable() || ::access(place.own.c_str(), W_OK) == 0) return;
  place.problem = errno == EROFS ? PlaceProblem::read_only : PlaceProblem::not_permitted;
}

}  // namespace

std::string list_pids(const std::vector<int>& pids) {
  const std::size_t named = std::min(pids.size(), kMostNamed);
  std::string text =
      fmt::format("{}", fmt::join(pids.begin(), pids.begin() + static_cast<long>(named), ", "));
  if (named < pids.size()) text += fmt::format(" and {} more", pids.size() - named);
  return text;
}

CgroupPlaces starting_places() { return starting_places(own_places()); }

CgroupPlaces starting_places(CgroupPlaces own) {
  if (const ControllerPlace* v2 = v2_place(own); v2 != nullptr && v2->problem != PlaceProblem::read_only) {
    const std::string start = v2_start(*v2);
    if (start != v2->own) start_at_top(own, start);
  }
  for (ControllerPlace* place : own.all()) check_right(*place);
  return own;
}

}  // namespace agent::host
