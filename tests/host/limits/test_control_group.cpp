// Groups of the machine itself, where this process may make them; elsewhere `make test-guest` runs these.
#include "host/limits/control_group.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"
#include "tests/host/limits/group_scene.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/signal_storm.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

TEST_CASE("A group holds the process that entered it and its children", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("holds");
  CHECK(group.is_empty());
  const int pid = start_in(group, "sleep 60 & sleep 60; true");
  group.wait_until_has(3);
  group.kill();
  const int status = wait_for(pid);
  CHECK(WIFSIGNALED(status));
  group.wait_until_empty();
  CHECK(group.remove());
}

TEST_CASE("A group is made once and removed when it is empty", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("once");
  CHECK_FALSE(group.make());
  const int pid = start_in(group, "exec sleep 60");
  group.wait_until_has(1);
  CHECK_FALSE(group.remove());
  group.kill();
  wait_for(pid);
  group.wait_until_empty();
  CHECK(group.remove());
  for (const std::string& directory : group.directories()) CHECK(::access(directory.c_str(), F_OK) != 0);
}

TEST_CASE("A group that cannot be made says where and why", "[group]") {
  NEEDS_TEST_GROUPS();
  ControlGroup group(group_home()->below("line\nbreak"));
  CHECK_THROWS_WITH(group.make(), Catch::StartsWith("make /") && Catch::EndsWith("Invalid argument"));
  for (const std::string& directory : group.directories()) CHECK(::access(directory.c_str(), F_OK) != 0);
}

TEST_CASE("Values are written though signals interrupt", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("signals");
  const CgroupPlaces& places = *group_home();
  const SignalStorm storm;  // as when many commands end at once
  for (int i = 0; i < 500; ++i) {
    CHECK_NOTHROW(group.set(Controller::memory, memory_writes(places.memory.version, 100'000'000, true)));
    CHECK_NOTHROW(group.set(Controller::cpu, cpu_writes(places.cpu.version, 50)));
    CHECK_NOTHROW(group.set(Controller::pids, pids_writes(20)));
  }
  CHECK(storm.count() > 0);
}

TEST_CASE("Values are read back after they were written", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("values");
  const CgroupPlaces& places = *group_home();
  group.set(Controller::cpu, cpu_writes(places.cpu.version, 50));
  group.set(Controller::memory, memory_writes(places.memory.version, 100'000'000, true));  // no whole pages
  group.set(Controller::pids, pids_writes(20));
  CHECK_THROWS_WITH(group.set(Controller::pids, {{"pids.max", "-5"}}),
                    Catch::StartsWith("write -5 to /") && Catch::Contains("pids.max: Invalid argument"));
  CHECK_THROWS_AS(group.set(Controller::pids, {{"pids.none", "5"}}), Error);
}

TEST_CASE("Memory that runs out shows in the counters of the group", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("memory");
  group.set(Controller::memory, memory_writes(group_home()->memory.version, 16'000'000, true));
  const int status = wait_for(start_in(group, kMemoryHog));
  CHECK(WIFSIGNALED(status));
  const GroupCounters counters = group.counters();
  CHECK(counters.oom_kills == 1);
  CHECK(counters.memory_limits > 0);
  CHECK(counters.forks_refused == 0);
  CHECK(group.usage().peak_memory.value > 8'000'000);
  CHECK(group.usage().peak_memory.value <= 16'000'000);
}

TEST_CASE("Exit code 137 leaves no trace in the counters", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("code");
  CHECK(WEXITSTATUS(wait_for(start_in(group, "exit 137"))) == 137);
  CHECK(group.counters().oom_kills == 0);
}

TEST_CASE("A fork that the group refuses is counted", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("forks");
  group.set(Controller::pids, pids_writes(2));
  wait_for(start_in(group, "sleep 0.01 & sleep 0.01 & wait 2>/dev/null"));
  CHECK(group.counters().forks_refused > 0);
  CHECK(group.counters().oom_kills == 0);
}

TEST_CASE("A fork bomb is killed whole", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("bomb");
  group.set(Controller::pids, pids_writes(60));
  const int pid = start_in(group, "bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 60");
  wait_until("a fork is refused", [&] { return group.counters().forks_refused > 0; });
  wait_until("the group is empty", [&] {
    group.kill();
    return group.is_empty();
  });
  wait_for(pid);
  CHECK(group.remove());
}

TEST_CASE("The processor time of a group is counted after its processes have ended", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("cpu");
  wait_for(start_in(group, "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"));
  CHECK(group.usage().cpu > std::chrono::milliseconds(5));
  CHECK(group.usage().cpu < std::chrono::seconds(20));
}

TEST_CASE("Processes move to another group and live on", "[group]") {
  NEEDS_TEST_GROUPS();
  TestGroup group("from");
  TestGroup left("left");
  const int pid = start_in(group, "sleep 60 & sleep 60 & wait");
  group.wait_until_has(3);
  CHECK(group.move_to(left));
  CHECK(group.is_empty());
  CHECK(left.processes().size() == 3);
  CHECK(group.remove());
  left.kill();
  wait_for(pid);
  left.wait_until_empty();
}
