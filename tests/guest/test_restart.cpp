// An agent in a unit with KillMode=process, so that what its commands leave behind outlives it: systemd
// starts it again in a group where that still lives.
#include <csignal>
#include <filesystem>

#include "host/limits/agent_groups.hpp"
#include "host/service/systemd_unit.hpp"
#include "tests/guest/unit.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

const std::string kAgentName = "libagent-test-restart";

LimitConfig some_limits() {
  LimitConfig limit;
  limit.cpu_quota = 50;
  return limit;
}

// What `install` writes for an agent, whose program is the hidden test `part` of this one.
std::string unit_of(const std::string& part) {
  ServiceSpec spec;
  spec.name = "guest-agent";
  spec.description = "An agent";
  spec.program = "/tests/test_guest";
  spec.arguments = {"-r", "compact", part};
  spec.delegate = true;
  spec.confinement = Confinement::commands;
  return systemd_unit(spec, 252);
}

// One run of it: it ends by itself, notifies nobody, and is not started again.
int start_agent(const std::string& part) {
  const std::string unit = "/run/systemd/system/guest-agent.service";
  std::filesystem::create_directories(unit + ".d");
  std::ofstream(unit) << unit_of(part);
  std::ofstream(unit + ".d/test.conf") << fmt::format(
      "[Service]\nType=oneshot\nRestart=no\nWatchdogSec=0\nEnvironment=LIBAGENT_GUEST={}\n", guest());
  run("systemctl daemon-reload");
  return std::system("systemctl start guest-agent.service");
}

// The unit ends with everything that is in it.
void end_all() { run("systemctl kill --kill-whom=all --signal=KILL guest-agent.service || true"); }

void leave_a_process(Limits& limits) {
  ControlGroup command = limits.places().tasks.below("command");
  REQUIRE(command.make());
  start_in(command, "exec sleep 300");
  wait_until("it lives", [&] { return command.processes().size() == 1; });
}

void check_in_force(Limits& limits) {
  limits.apply(some_limits());
  CHECK(limits.states().front().problem == "");
  CHECK(limits.states().front().enforced);
}

}  // namespace

TEST_CASE("part: an agent that stops", "[.]") {
  Limits limits(kAgentName);
  limits.apply(some_limits());
  leave_a_process(limits);
  ControlGroup command = limits.places().tasks.below("command");
  CHECK(command.move_to(limits.places().left));
  CHECK(command.remove());
}

TEST_CASE("part: an agent that is killed", "[.]") {
  Limits limits(kAgentName);
  limits.apply(some_limits());
  leave_a_process(limits);
  ::kill(::getpid(), SIGKILL);
}

// Without limits: what its commands leave behind stays in the unit's own group. It has the variable from its
// first moment: the shell that begins it has, too.
TEST_CASE("part: an agent without groups", "[.]") {
  run("LIBAGENT_TASK=1-2-3 sh -c 'setsid sleep 300 >/dev/null 2>&1 &'");
}

TEST_CASE("part: the next agent", "[.]") {
  Limits limits(kAgentName);
  check_in_force(limits);
  CHECK(limits.places().left.processes().size() == 1);
}

// On v1 what is in the unit's own group is in nobody's way and stays there.
TEST_CASE("part: the first agent with groups", "[.]") {
  const std::string unit = own_places().pids.own;
  Limits limits(kAgentName);
  check_in_force(limits);
  const bool stays = guest() == "v1";
  CHECK(limits.places().left.processes().size() == (stays ? 0 : 1));
  CHECK(processes_in(unit).size() == (stays ? 1 : 0));
}

TEST_CASE("An agent that has stopped starts again beside what outlived it") {
  NEEDS_GUEST_ALONE();
  CHECK(start_agent("part: an agent that stops") == 0);
  CHECK(start_agent("part: the next agent") == 0);
  end_all();
}

TEST_CASE("An agent has limits although an agent without them has left a process in its group") {
  NEEDS_GUEST_ALONE();
  CHECK(start_agent("part: an agent without groups") == 0);
  CHECK(start_agent("part: the first agent with groups") == 0);
  end_all();
}

TEST_CASE("An agent that was killed starts again beside what outlived it") {
  NEEDS_GUEST_ALONE();
  CHECK(start_agent("part: an agent that is killed") != 0);
  CHECK(start_agent("part: the next agent") == 0);
  end_all();
}
