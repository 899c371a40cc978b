// The cgroup file system is remounted read-only while the agent runs.
#include <sched.h>
#include <sys/mount.h>

#include <set>

#include "agent/error.hpp"
#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

// For this process only; systemd goes on.
void remount(unsigned long flags) {
  const CgroupPlaces& places = *group_home();
  for (const std::string& mount : std::set{places.cpu.mount, places.memory.mount, places.io.mount,
                                           places.pids.mount, places.cpuacct.mount, places.freezer.mount})
    REQUIRE(::mount(nullptr, mount.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr) == 0);
}

}  // namespace

TEST_CASE("Groups outlive a read-only remount, and each call says what is wrong") {
  NEEDS_GUEST();
  REQUIRE(::unshare(CLONE_NEWNS) == 0);
  REQUIRE(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
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
