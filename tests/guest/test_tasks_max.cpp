// TasksMax of the unit, which systemd sets for every unit.
#include "agent/error.hpp"
#include "host/fork_limit.hpp"
#include "host/spawn_child.hpp"
#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

constexpr int kMore = 5;  // processes than there are

// As long as it exists, the unit may have kMore processes more. Nothing may be started to end it.
struct TasksMax {
  TasksMax() {
    most = single_number(unit.read(Controller::pids, "pids.current")).value() + kMore;
    if (is_hybrid()) {
      unit.set(Controller::pids, pids_writes(most));
    } else {
      run(fmt::format("systemctl set-property --runtime {} TasksMax={}", unit_name(), most));
    }
  }
  ~TasksMax() { unit.set(Controller::pids, {{"pids.max", "max"}}); }
  ControlGroup unit = unit_group();
  std::uint64_t most = 0;
};

// Processes that fill the unit, and end with the group.
void fill(const ControlGroup& group) {
  for (;;) {
    const int pid = ::fork();
    if (pid < 0) break;
    if (pid == 0)
      for (;;) ::pause();
    group.add(pid);
  }
}

}  // namespace

TEST_CASE("A fork that the unit's TasksMax refuses names the unit and its figure") {
  NEEDS_GUEST();
  TestGroup group("forks");
  const TasksMax limit;
  const int pid = start_in(group, "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 60 & done; wait");
  CHECK(WEXITSTATUS(wait_for(pid)) != 0);  // "Cannot fork"
  const std::optional<ForkLimit> found = used_up_fork_limit(group_home()->below("libagent-self").pids);
  group.kill();
  REQUIRE(found);
  CHECK(found->directory == group_home()->pids.own);
  CHECK(found->most == limit.most);
  CHECK_THAT(describe(*found),
             Catch::EndsWith(fmt::format("/{} is {} (TasksMax of the unit)", unit_name(), limit.most)));
}

// Before Linux 6.12 the group that forks counts what any group above it refuses.
TEST_CASE("A fork that the unit refuses is counted by the group that forks") {
  NEEDS_GUEST();
  TestGroup group("counts");
  const TasksMax limit;
  wait_for(start_in(group, "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 60 & done; wait"));
  CHECK(group.counters().forks_refused > 0);
  CHECK(unit_group().counters().forks_refused == 0);
  group.kill();
}

TEST_CASE("A command that the unit's TasksMax refuses is told the unit and its figure") {
  NEEDS_GUEST();
  TestGroup group("full");
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const SpawnPlan plan{
      .programs = {"/bin/true"}, .argv = {"true"}, .input = null, .output = null, .error = null};
  const TasksMax limit;
  fill(group);
  CHECK_THROWS_WITH(spawn(plan), Catch::StartsWith("fork: pids.max of ") &&
                                     Catch::EndsWith(fmt::format(
                                         "/{} is {} (TasksMax of the unit): Resource temporarily unavailable",
                                         unit_name(), limit.most)));
  group.kill();
  ::close(null);
}
