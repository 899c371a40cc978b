// An agent in a unit with KillMode=process, so that what its commands leave behind outlives it: systemd
// starts it again in a group where that still lives.
#include <csignal>

#include "host/agent_groups.hpp"
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

// As in docs/limits.md.
std::string unit_of(const std::string& part) {
  return fmt::format(R"([Service]
Type=oneshot
Slice=system.slice
Environment=LIBAGENT_GUEST={}
ExecStart=/tests/test_guest -r compact "{}"
Delegate=yes
KillMode=process
ExecStopPost=-+/bin/sh -c 'exec 2>/dev/null; own=$$(sed -n s/^0:://p /proc/self/cgroup); case $$own in */.control) ;; *) exit 0 ;; esac; for top in /sys/fs/cgroup /sys/fs/cgroup/unified; do find "$$top$${{own%%/.control}}" -depth -type d | while read -r group; do for controller in cpu io memory pids; do echo "-$$controller" >"$$group/cgroup.subtree_control"; done; done; done'
)",
                     guest(), part);
}

// One run of the unit, whose program is the hidden test `part` of this one.
int start_agent(const std::string& part) {
  std::ofstream("/run/systemd/system/guest-agent.service") << unit_of(part);
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

// Without limits: what its commands leave behind stays in the unit's own group.
TEST_CASE("part: an agent without groups", "[.]") {
  run("LIBAGENT_TASK=1-2-3 setsid sleep 300 >/dev/null 2>&1 &");
}

TEST_CASE("part: the next agent", "[.]") {
  Limits limits(kAgentName);
  limits.apply(some_limits());
  CHECK(limits.states().front().problem == "");
  CHECK(limits.states().front().enforced);
  CHECK(limits.places().left.processes().size() == 1);
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
  CHECK(start_agent("part: the next agent") == 0);
  end_all();
}

TEST_CASE("An agent that was killed starts again beside what outlived it") {
  NEEDS_GUEST_ALONE();
  CHECK(start_agent("part: an agent that is killed") != 0);
  CHECK(start_agent("part: the next agent") == 0);
  end_all();
}
