// The cgroup file system is remounted read-only while the agent runs.
#include "agent/error.hpp"
#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

TEST_CASE("Groups outlive a read-only remount, and each call says what is wrong") {
  NEEDS_GUEST();
  own_mounts();
  TestGroup group("kept");
  group.set(Controller::pids, pids_writes(20));
  const int pid = start_in(group, "exec sleep 60");
  group.wait_until_has(1);

  remount(MS_RDONLY);
  CHECK(own_places().pids.problem == PlaceProblem::read_only);
  CHECK_THROWS_WITH(group.set(Controller::pids, pids_writes(10)),
                    Catch::EndsWith("pids.max: Read-only file system"));
  CHECK_THROWS_WITH(group.below("more").make(), Catch::EndsWith("Read-only file system"));
  CHECK_FALSE(group.remove());
  CHECK(group.processes() == std::vector<int>{pid});
  CHECK(group.usage().peak_memory.value > 0);
  group.kill();  // needs no write
  CHECK(WIFSIGNALED(wait_for(pid)));

  remount(0);
  CHECK(single_number(group.read(Controller::pids, "pids.max")) == 20);
  group.set(Controller::pids, pids_writes(10));
}
