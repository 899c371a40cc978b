#include "host/limits/cgroup_places.hpp"

#include <algorithm>
#include <vector>

namespace agent::host {
namespace {

struct Mount {
  std::string root;  // the part of the hierarchy that is mounted
  std::string point;
  bool v2 = false;
  bool read_only = false;
  std::string options;  // of the file system: on v1 they name the controllers
};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

bool has_word(std::string_view list, char separator, std::string_view word) {
  const auto words = split(list, separator);
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_octal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
}

// mountinfo writes a space as \040.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text.substr(i + 1, 3))) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<Mount> mount_of(std::string_view line) {
  const std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return {};
  const auto left = split(line.substr(0, dash), ' ');
  const auto right = split(line.substr(dash + 3), ' ');
  if (left.size() < 6 || right.size() < 3) return {};
  if (right[0] != "cgroup" && right[0] != "cgroup2") return {};
  return Mount{.root = unescaped(left[3]),
               .point = unescaped(left[4]),
               .v2 = right[0] == "cgroup2",
               .read_only = has_word(left[5], ',', "ro") || has_word(right[2], ',', "ro"),
               .options = std::string(right[2])};
}

// A later mount on the same directory hides the earlier one.
std::vector<Mount> mounts_of(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const std::string_view line : split(mountinfo, '\n')) {
    std::optional<Mount> mount = mount_of(line);
    if (!mount) continue;
    std::erase_if(mounts, [&](const Mount& other) { return other.point == mount->point; });
    mounts.push_back(std::move(*mount));
  }
  return mounts;
}

// The path of our group in the hierarchy that has `controller` ("" = v2). It may contain colons.
std::optional<std::string> group_of(std::string_view self_cgroup, std::string_view controller) {
  for (const std::string_view line : split(self_cgroup, '\n')) {
    const std::size_t first = line.find(':');
    if (first == std::string_view::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string_view::npos) continue;
    const std::string_view names = line.substr(first + 1, second - first - 1);
    if (controller.empty() ? names.empty() : has_word(names, ',', controller))
      return std::string(line.substr(second + 1));
  }
  return {};
}

std::string joined(const std::string& point, std::string_view rest) {
  return rest.empty() || rest == "/" ? point : point + std::string(rest);
}

// "/.." is what lies above our cgroup namespace, and " (deleted)" a group that is gone.
std::string directory_in(const Mount& mount, const std::string& group) {
  if (group.starts_with("/..") || group.ends_with(" (deleted)")) return "";
  if (mount.root == "/") return joined(mount.point, group);
  if (!group.starts_with(mount.root)) return "";
  const std::string_view rest = std::string_view(group).substr(mount.root.size());
  return rest.empty() || rest.front() == '/' ? joined(mount.point, rest) : "";
}

ControllerPlace place_in(const Mount& mount, const std::optional<std::string>& group) {
  ControllerPlace place{.version = mount.v2 ? 2 : 1,
                        .mount = mount.point,
                        .own = group ? directory_in(mount, *group) : "",
                        .problem = PlaceProblem::none};
  if (mount.read_only) {
    place.problem = PlaceProblem::read_only;
  } else if (place.own.empty()) {
    place.problem = PlaceProblem::not_visible;
  }
  return place;
}

// A hierarchy can be mounted several times: the first usable one, else the first.
ControllerPlace best_of(const std::vector<Mount>& mounts, bool v2, std::string_view controller,
                        const std::optional<std::string>& group) {
  ControllerPlace best;
  for (const Mount& mount : mounts) {
    if (mount.v2 != v2 || (!v2 && !has_word(mount.options, ',', controller))) continue;
    ControllerPlace place = place_in(mount, group);
    if (best.version == 0 || (place.usable() && !best.usable())) best = std::move(place);
  }
  return best;
}

struct Texts {
  std::vector<Mount> mounts;
  std::string_view self_cgroup;
  std::string_view v2_controllers;
};

bool lists(std::string_view controllers, std::string_view name) {
  return has_word(controllers.substr(0, controllers.find('\n')), ' ', name);
}

// An empty `v2_name`: every group of v2 can do it.
ControllerPlace place_one(const Texts& texts, std::string_view v1_name, std::string_view v2_name) {
  ControllerPlace v1 = best_of(texts.mounts, false, v1_name, group_of(texts.self_cgroup, v1_name));
  if (v1.version == 1) return v1;
  ControllerPlace v2 = best_of(texts.mounts, true, "", group_of(texts.self_cgroup, ""));
  if (!v2.usable() || v2_name.empty() || lists(texts.v2_controllers, v2_name)) return v2;
  // The topmost group lists all that the kernel has: nobody can delegate more.
  if (v2.own == v2.mount) return {};
  v2.problem = PlaceProblem::not_delegated;
  return v2;
}

}  // namespace

const ControllerPlace& CgroupPlaces::of(Controller controller) const {
  switch (controller) {
    case Controller::cpu: return cpu;
    case Controller::memory: return memory;
    case Controller::io: return io;
    case Controller::pids: break;
  }
  return pids;
}

std::vector<ControllerPlace*> CgroupPlaces::all() { return {&cpu, &memory, &io, &pids, &cpuacct, &freezer}; }

std::vector<const ControllerPlace*> CgroupPlaces::all() const {
  return {&cpu, &memory, &io, &pids, &cpuacct, &freezer};
}

CgroupPlaces CgroupPlaces::below(std::string_view v1_path, std::string_view v2_path) const {
  CgroupPlaces places = *this;
  for (ControllerPlace* place : places.all()) {
    if (!place->own.empty() && !place->shared)
      place->own.append("/").append(place->version == 1 ? v1_path : v2_path);
  }
  return places;
}

CgroupPlaces bound_below(const CgroupPlaces& own, std::string_view name) {
  return own.below("jkstack/agent/" + std::string(name), "jkstack-" + std::string(name));
}

std::optional<std::string> own_v2_group(std::string_view mountinfo, std::string_view self_cgroup) {
  ControllerPlace place = best_of(mounts_of(mountinfo), true, "", group_of(self_cgroup, ""));
  if (place.own.empty()) return {};
  return place.own;
}

CgroupPlaces place_controllers(std::string_view mountinfo, std::string_view self_cgroup,
                               std::string_view v2_controllers) {
  const Texts texts{mounts_of(mountinfo), self_cgroup, v2_controllers};
  return {.cpu = place_one(texts, "cpu", "cpu"),
          .memory = place_one(texts, "memory", "memory"),
          .io = place_one(texts, "blkio", "io"),
          .pids = place_one(texts, "pids", "pids"),
          .cpuacct = place_one(texts, "cpuacct", ""),
          .freezer = place_one(texts, "freezer", "")};
}

std::string_view explain(PlaceProblem problem) {
  switch (problem) {
    case PlaceProblem::none: return "";
    case PlaceProblem::not_mounted:
      return "controller not mounted: mount it, or enable it on the kernel's command line";
    case PlaceProblem::read_only:
      return "the cgroup file system is read-only here, as in most containers: run the agent on the machine itself";
    case PlaceProblem::not_permitted:
      return "no right to make groups: run the agent as root, or in a unit of its own with Delegate=yes";
    case PlaceProblem::not_visible:
      return "the agent's own group is outside of what is mounted here: run the agent on the machine itself";
    case PlaceProblem::not_delegated: break;
  }
  return "controller not delegated: the unit needs Delegate=yes";
}

}  // namespace agent::host
