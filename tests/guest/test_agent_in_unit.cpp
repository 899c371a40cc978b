// The limits of an agent under systemd: this process plays the agent, alone in a unit with Delegate=yes.
#include "agent/error.hpp"
#include "host/limits/agent_groups.hpp"
#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

constexpr std::uint64_t kMega = 1024 * 1024;

LimitConfig every_limit() {
  LimitConfig limit;
  limit.cpu_quota = 50;
  limit.memory_limit = Bytes{100 * kMega};
  limit.disk_limit.push_back({.dev = disk(), .write_bytes = Bytes{10 * kMega}});
  return limit;
}

// "" when all that is configured holds, else what does not.
std::string problems_of(const Limits& limits) {
  std::string problems;
  for (const LimitState& state : limits.states())
    if (!state.enforced) problems += fmt::format("{}: {}; ", state.kind, state.problem);
  return problems;
}

}  // namespace

TEST_CASE("The limits of an agent and its tasks hold over a reload of systemd") {
  NEEDS_GUEST_ALONE();
  Limits limits("libagent-test-reload");
  limits.apply(every_limit());
  REQUIRE(problems_of(limits) == "");
  ControlGroup command = limits.places().tasks.below("command");
  REQUIRE(command.make());
  command.set(Controller::pids, pids_writes(20));

  change_another_unit();
  limits.check();  // on v1 systemd may have removed what is empty
  CHECK(problems_of(limits) == "");
  CHECK(single_number(command.read(Controller::pids, "pids.max")) == 20);
  const int pid = start_in(command, "exec sleep 60");
  wait_until("a command runs", [&] { return command.processes().size() == 1; });
  CHECK(command.move_to(limits.places().left));
  limits.places().left.kill();
  wait_for(pid);
  wait_until("the command's group is gone", [&] { return command.remove(); });
}

TEST_CASE("An agent whose groups become read-only says so and goes on") {
  NEEDS_GUEST_ALONE();
  own_mounts();
  Limits limits("libagent-test-read-only");
  limits.apply(every_limit());
  ControlGroup bound = limits.places().bound;
  REQUIRE(problems_of(limits) == "");
  bound.set(Controller::memory, memory_writes(bound.places().memory.version, 90 * kMega, false));

  remount(MS_RDONLY);
  CHECK_THAT(problems_of(limits), Catch::Contains("memory: "));
  CHECK(limits.check());
  CHECK_THAT(problems_of(limits), Catch::Contains("Read-only file system"));
  remount(0);
  CHECK(limits.check());
  CHECK(problems_of(limits) == "");
}
