// TasksMax of the unit, which systemd sets for every unit.
#include "agent/error.hpp"
#include "host/limits/refused_fork.hpp"
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
  const std::vector<PidsLevel> before = pids_levels(group.places().pids);
  const int pid = start_in(group, "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 60 & done; wait");
  CHECK(WEXITSTATUS(wait_for(pid)) != 0);  // "Cannot fork"
  const std::optional<PidsLevel> level = refusing_level(before, pids_levels(group.places().pids));
  group.kill();
  REQUIRE(level);
  CHECK(level->directory == group_home()->pids.own);
  CHECK(level->limit == limit.most);
  CHECK_THAT(describe(*level), Catch::StartsWith(fmt::format("pids.max is {} in ", limit.most)) &&
                                   Catch::EndsWith("/" + unit_name()));
}

TEST_CASE("A command that the unit's TasksMax refuses is told the unit and its figure") {
  NEEDS_GUEST();
  TestGroup group("full");
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  const SpawnPlan plan{
      .programs = {"/bin/true"}, .argv = {"true"}, .input = null, .output = null, .error = null};
  const TasksMax limit;
  fill(group);
  CHECK_THROWS_WITH(spawn(plan), Catch::StartsWith(fmt::format("fork: pids.max is {} in ", limit.most)) &&
                                     Catch::EndsWith(unit_name() + ": Resource temporarily unavailable"));
  group.kill();
  ::close(null);
}
