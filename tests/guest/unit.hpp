// What tests of a guest ask of systemd and of its kernel.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include "tests/host/limits/group_scene.hpp"

namespace test {

inline void run(const std::string& line) {
  INFO(line);
  REQUIRE(std::system(line.c_str()) == 0);
}

// The group of the unit that this process was started in, in every hierarchy.
inline agent::host::ControlGroup unit_group() { return agent::host::ControlGroup(*group_home()); }

// "guest-test@1.service". Its own group on v1 and v2 ends in it.
inline std::string unit_name() {
  const std::string& directory = group_home()->pids.own;
  return directory.substr(directory.rfind('/') + 1);
}

// "254:0": the disk that carries the guest's files.
inline std::string disk() {
  return std::string(agent::host::first_line(agent::host::read_text("/sys/block/vda/dev")));
}

// systemd knows nothing of the controllers that a hybrid guest has on v2.
inline bool is_hybrid() { return guest() == "hybrid"; }

// What the installation of a package does: a new unit, a reload, a start, then a change of its limits.
inline void change_another_unit() {
  std::ofstream("/run/systemd/system/guest-other.service")
      << "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nMemoryMax=50M\nCPUQuota=20%\n";
  run("systemctl daemon-reload");
  run("systemctl start guest-other.service");
  run("systemctl set-property --runtime guest-other.service CPUQuota=30% TasksMax=10");
  run("systemctl stop guest-other.service");
}

// From here on remount() is for this process only; systemd goes on.
inline void own_mounts() {
  REQUIRE(::unshare(CLONE_NEWNS) == 0);
  REQUIRE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
}

// MS_RDONLY makes every hierarchy read-only, 0 writable again.
inline void remount(unsigned long flags) {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  std::set<std::string> mounts;
  for (const agent::host::ControllerPlace* place : places.all()) mounts.insert(place->mount);
  for (const std::string& mount : mounts)
    REQUIRE(::mount(nullptr, mount.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) == 0);
}

}  // namespace test

// These tests change the unit that they run in. Alone: this process is in the unit's own group, as an agent
// is.
#define NEEDS_GUEST_ALONE()                       \
  if (guest().empty()) {                          \
    WARN("this is no guest: nothing was tested"); \
    return;                                       \
  }                                               \
  NEEDS_GROUPS()

#define NEEDS_GUEST() \
  NEEDS_GUEST_ALONE() \
  NEEDS_TEST_GROUPS()
