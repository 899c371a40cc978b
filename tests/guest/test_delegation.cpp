// Why an agent moves into a group of its own before it passes controllers on.
#include "agent/error.hpp"
#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

TEST_CASE("On v2 a group that holds a process passes no controller on") {
  NEEDS_GUEST();
  if (group_home()->memory.version != 2) return;
  TestGroup group("holds");
  const int pid = start_in(group, "exec sleep 60");
  group.wait_until_has(1);
  CHECK_THROWS_WITH(group.set(Controller::memory, {{"cgroup.subtree_control", "+memory"}}),
                    Catch::StartsWith("write +memory to /") && Catch::EndsWith("Device or resource busy"));
  group.kill();
  wait_for(pid);
}

TEST_CASE("On v2 no process enters a group that passes controllers on") {
  NEEDS_GUEST();
  if (group_home()->memory.version != 2) return;
  TestGroup group("passes");
  for (const std::string& directory : group.directories())
    if (::access((directory + "/cgroup.subtree_control").c_str(), F_OK) == 0)
      REQUIRE(write_to(directory + "/cgroup.subtree_control", "+memory") == 0);
  const int pid = ::fork();
  if (pid == 0)
    for (;;) ::pause();
  CHECK_THROWS_WITH(group.add(pid), Catch::EndsWith("cgroup.procs: Device or resource busy"));
  ::kill(pid, SIGKILL);
  wait_for(pid);
}
