// Limits of commands, what they cost and why they ended, as a server sees it.
#include <unistd.h>

#include <csignal>

#include "agent/limits.hpp"
#include "host/limits/control_group.hpp"
#include "tests/support/hog.hpp"
#include "tests/system/exec_scene.hpp"

using namespace test;
using agent::Bytes;
using agent::wire::CommandLimits;
using agent::wire::Exec;

namespace {

constexpr std::uint64_t kMega = 1024 * 1024;

bool can_have_groups() {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  return ::geteuid() == 0 && places.memory.usable() && places.pids.usable() && places.cpu.usable();
}

Exec limited(std::string line, CommandLimits limits) {
  Exec exec = shell_command(std::move(line));
  exec.pipes = true;
  exec.limits = limits;
  return exec;
}

// One that ends in peace, so that it removes its groups.
struct LimitScene : ExecScene {
  using ExecScene::ExecScene;
  ~LimitScene() {
    program().signal(SIGTERM);
    CHECK(program().wait() == 0);
  }
};

// Without any hierarchy of control groups.
const Program::Arguments kWithoutGroups{
    "/usr/bin/unshare", "--mount", "/bin/sh", "-c", "umount -a -t cgroup,cgroup2; exec \"$@\"", "sh"};

}  // namespace

#define NEEDS_GROUPS()                                     \
  if (!can_have_groups()) {                                \
    WARN("no group can be made here: nothing was tested"); \
    return;                                                \
  }

TEST_CASE("A command that runs out of memory is told as such", "[system]") {
  NEEDS_GROUPS();
  LimitScene scene;
  const TaskResult result = scene.run(limited(kMemoryHog, {.memory = 16 * kMega}));
  CHECK(result.start.ok);
  CHECK(result.end.ended_by == "memory");
  CHECK(result.end.bound == "command");
  CHECK(result.end.oom_kills == 1);
  CHECK(result.end.usage.peak_memory.value_or(0) > 8 * kMega);
  CHECK(result.end.usage.peak_memory.value_or(0) <= 16 * kMega);
  CHECK(result.end.usage.cpu_seconds.value_or(0) > 0);
  CHECK(result.end.usage.read_bytes);
  CHECK(result.end.usage.written_bytes);
  scene.check_unharmed();
}

TEST_CASE("Timeouts and kills and CPU seconds are told as such", "[system]") {
  NEEDS_GROUPS();
  LimitScene scene;
  Exec slow = limited("sleep 300 & sleep 300", {.pids = 50});
  slow.timeout = 1;
  CHECK(scene.run(slow).end.ended_by == "timeout");
  const std::string tid = scene.send(limited("echo; sleep 300 & sleep 300", {.pids = 50}));
  scene.kill(scene.wait_for_output(tid, "\n").start.pid);
  CHECK(scene.wait_for_end(tid).end.ended_by == "killed");
  const TaskResult busy = scene.run(limited(kFewSeconds + "while :; do :; done", {.cpu_seconds = 1}));
  CHECK(busy.end.ended_by == "cpu_seconds");
  CHECK(busy.end.usage.cpu_seconds.value_or(0) >= 1);
  CHECK_FALSE(busy.end.timed_out);
}

TEST_CASE("A command that asks for nothing gets the defaults", "[system]") {
  NEEDS_GROUPS();
  LimitScene scene("exec.limit.pids = 2\n");
  const TaskResult result = scene.run(limited("sleep 0.01 & sleep 0.01 & wait; exit 0", {}));
  CHECK(result.end.pids);
  CHECK(result.end.ended_by.empty());
  CHECK(result.end.bound == "command");
  CHECK(result.end.usage.peak_pids == 2U);
}

TEST_CASE("A request above a ceiling is refused with the ceiling", "[system]") {
  LimitScene scene("exec.limit.max_memory = 64Mi\nexec.limit.max_pids = 50\n");
  const TaskResult large = scene.run(limited("echo", {.memory = 128 * kMega}));
  CHECK_FALSE(large.start.ok);
  CHECK(large.start.above_limit);
  CHECK_FALSE(large.start.no_limits);
  CHECK(large.start.msg == "memory: at most 64 MiB");
  const TaskResult none = scene.run(limited("echo", {.pids = 0}));
  CHECK(none.start.above_limit);
  CHECK(none.start.msg == "pids: at least 1");
  // The ceiling holds for those who ask for nothing, too. None of them outlives its command.
  const std::string tid =
      scene.send(limited("(n=0; while [ $n -lt 60 ]; do sleep 300 & n=$((n+1)); done); "
                         "echo full; exec sleep 300",
                         {}));
  scene.kill(scene.wait_for_output(tid, "full\n").start.pid);
  CHECK(scene.wait_for_end(tid).end.pids);
  scene.check_unharmed();
}

TEST_CASE("A command with limits is refused by an agent that has no groups", "[system]") {
  if (::geteuid() != 0) return;
  LimitScene scene("", kWithoutGroups);
  const TaskResult refused = scene.run(limited("echo", {.pids = 50}));
  CHECK_FALSE(refused.start.ok);
  CHECK(refused.start.no_limits);
  CHECK_FALSE(refused.start.above_limit);
  CHECK_THAT(refused.start.msg,
             Catch::StartsWith("agent cannot limit commands: ") && Catch::Contains("not mounted"));
  CHECK(scene.run(limited("echo", {})).end.code == 0);
}

TEST_CASE("A command without limits tells no usage", "[system]") {
  LimitScene scene;
  const TaskResult result = scene.run(limited("exit 3", {}));
  CHECK(result.end.code == 3);
  CHECK(result.end.ended_by.empty());
  CHECK_FALSE(result.end.usage.any());
}

TEST_CASE("Defaults that start no command are refused with the key", "[system]") {
  const TempDir dir;
  const std::string conf = dir.write("agent.conf", "basic.server = 127.0.0.1:1\nexec.limit.memory = 1000\n");
  const auto [code, output] = run_program(kExecAgentProgram, {"validate", "--conf", conf});
  CHECK(code == 78);
  CHECK_THAT(output, Catch::Contains("exec.limit.memory") && Catch::Contains("at least 1Mi"));
}
