// Where each controller lives, decided from the texts of /proc/self/mountinfo, /proc/self/cgroup and
// cgroup.controllers (cgroups(7), proc(5)). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

enum class Controller { cpu, memory, io, pids };  // io is "blkio" on v1

enum class PlaceProblem {
  none,
  not_mounted,    // no hierarchy has the controller
  read_only,      // as in most containers
  not_permitted,  // this user may not make groups there
  not_visible,    // our own group is not below what is mounted here
  not_delegated,  // v2: the group that we are in may not pass the controller on
};

struct ControllerPlace {
  int version = 0;    // 1 or 2; 0 where the controller is not mounted
  std::string mount;  // where the hierarchy is mounted
  std::string own;    // the directory of the group that we are in; "" when it is not visible
  PlaceProblem problem = PlaceProblem::not_mounted;
  // The directory is one for all groups below: v1's disk throttles do not bind children.
  bool shared = false;

  bool usable() const { return problem == PlaceProblem::none; }
};

struct CgroupPlaces {
  ControllerPlace cpu;
  ControllerPlace memory;
  ControllerPlace io;
  ControllerPlace pids;
  // What a command used, and how its group is stopped: on v2 every group can do both, on v1 it is a
  // controller.
  ControllerPlace cpuacct;
  ControllerPlace freezer;

  const ControllerPlace& of(Controller controller) const;
  // All six.
  std::vector<ControllerPlace*> all();
  std::vector<const ControllerPlace*> all() const;
  // The same places with `path` below each directory, but for shared ones.
  CgroupPlaces below(std::string_view path) const { return below(path, path); }
  CgroupPlaces below(std::string_view v1_path, std::string_view v2_path) const;
};

// The directory of our own v2 group, whose cgroup.controllers place_controllers() wants. Nothing when there
// is no v2 hierarchy or when the group is not visible here.
std::optional<std::string> own_v2_group(std::string_view mountinfo, std::string_view self_cgroup);

// A controller that v1 has is taken there, else v2 has it. `v2_controllers` is the text of
// cgroup.controllers,
// "" without v2.
CgroupPlaces place_controllers(std::string_view mountinfo, std::string_view self_cgroup,
                               std::string_view v2_controllers);

// The group that carries an agent's bound. On v1 as originals name it, /jkstack/agent/<name> below our own
// group; on v2, where each level must pass the controllers on, one level below: <own>/jkstack-<name>.
CgroupPlaces bound_below(const CgroupPlaces& own, std::string_view name);

// What to write into the one error line about a limit: reason and remedy. "" without a problem.
std::string_view explain(PlaceProblem problem);

}  // namespace agent::host
