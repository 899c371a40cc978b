// Groups of a test itself, which leave nothing behind, in a place where this process may make them.
#pragma once

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "host/limits/control_group.hpp"
#include "host/proc_text.hpp"
#include "tests/host/limits/group_test.hpp"
#include "tests/support/patience.hpp"

namespace test {

// Passes v2's controllers on to groups below `own`. False where other processes are in there, too.
inline bool delegate(const std::string& own) {
  const std::string self = own + "/libagent-self";
  if (::mkdir(self.c_str(), 0755) < 0 && errno != EEXIST) return false;
  if (write_to(self + "/cgroup.procs", "0") != 0) return false;
  bool all = true;
  for (const char* controller : {"cpu", "memory", "io", "pids"}) {
    if (agent::host::read_text(own + "/cgroup.controllers").find(controller) == std::string::npos) continue;
    if (write_to(own + "/cgroup.subtree_control", fmt::format("+{}", controller)) != 0) all = false;
  }
  if (all) return true;
  write_to(own + "/cgroup.procs", "0");
  ::rmdir(self.c_str());
  return false;
}

// Where this process may make groups; nothing: nowhere. On v2 a group that holds processes cannot pass its
// controllers on, so the process moves into a group `libagent-self` once, below the one that it was started
// in.
inline const std::optional<agent::host::CgroupPlaces>& group_home() {
  static const std::optional<agent::host::CgroupPlaces> home = [] {
    std::optional<agent::host::CgroupPlaces> places;
    if (can_make_groups()) places = agent::host::own_places();
    if (places && places->memory.version == 2 && !delegate(places->memory.own)) places.reset();
    return places;
  }();
  return home;
}

// A group of this test, which leaves nothing behind.
struct TestGroup : agent::host::ControlGroup {
  explicit TestGroup(ControlGroup group) : ControlGroup(std::move(group)) { REQUIRE(make()); }
  explicit TestGroup(std::string_view what)
      : TestGroup(ControlGroup(group_home()->below(fmt::format("libagent-test-{}-{}", ::getpid(), what)))) {}
  TestGroup(const TestGroup&) = delete;
  TestGroup& operator=(const TestGroup&) = delete;
  ~TestGroup() {
    try {
      wait_until("the group is gone", [this] {
        kill();
        return remove();
      });
    } catch (const TimedOut& late) {
      WARN(late.what());
    }
  }
  void wait_until_empty() const {
    wait_until("the group is empty", [this] { return is_empty(); });
  }
  void wait_until_has(std::size_t count) const {
    wait_until("all processes are in the group", [this, count] { return processes().size() == count; });
  }
};

}  // namespace test

#define NEEDS_TEST_GROUPS()                                         \
  NEEDS_GROUPS()                                                    \
  if (!test::group_home()) {                                        \
    if (!test::guest().empty()) FAIL("no controller is passed on"); \
    WARN("no controller is passed on here: nothing was tested");    \
    return;                                                         \
  }
