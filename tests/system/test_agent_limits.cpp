// limit.* of the real exec-agent: its commands meet them, and it lives on.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>

#include "host/limits/control_group.hpp"
#include "host/proc_text.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/made_groups.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/exec_scene.hpp"

using namespace test;
using agent::wire::CommandLimits;
using agent::wire::Exec;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

bool can_have_groups() {
  const agent::host::CgroupPlaces places = agent::host::own_places();
  return ::geteuid() == 0 && places.memory.usable() && places.pids.usable() && places.cpu.usable();
}

Exec piped(std::string line) {
  Exec exec = shell_command(std::move(line));
  exec.pipes = true;
  return exec;
}

// A small command is answered while `line` runs with these limits.
void check_answers_during(ExecScene& scene, const std::string& line, const CommandLimits& limits) {
  Exec exec = piped(line);
  exec.limits = limits;
  const std::string tid = scene.send(exec);
  const std::int64_t pid = scene.wait_for_start(tid).start.pid;
  REQUIRE(scene.result(tid).start.ok);
  for (int call = 0; call < 5; ++call) {
    CHECK(scene.run(piped("echo answered")).output == "answered\n");
  }
  scene.kill(pid);
  CHECK(scene.wait_for_end(tid).over);
}

// Until the agent's next heartbeat, which is answered. A memory hog is started each second, as its command
// ends with it.
void wait_for_heartbeat(ExecScene& scene) {
  const Deadline deadline(seconds(30));
  for (;;) {
    try {
      const Frame frame = scene.session().receive_frame(std::min(deadline.left(), milliseconds(1000)));
      if (frame.opcode == Opcode::text) scene.take(frame.payload);
      if (frame.opcode != Opcode::ping) continue;
      scene.session().send_frame({.opcode = Opcode::pong, .payload = frame.payload});
      return;
    } catch (const TimedOut&) {
      if (deadline.has_passed()) throw;
      scene.send(piped(kMemoryHog));
    }
  }
}

// Ended well, the agent has removed what it had made.
void check_ends_clean(ExecScene& scene) {
  const std::vector<std::string> groups = made_groups_of(scene.program().pid());
  CHECK_FALSE(groups.empty());
  scene.program().signal(SIGTERM);
  const int code = scene.program().wait();
  INFO(scene.program().output());
  CHECK(code == 0);
  CHECK_FALSE(any_exists(groups));
}

}  // namespace

#define NEEDS_GROUPS()                                     \
  if (!can_have_groups()) {                                \
    WARN("no group can be made here: nothing was tested"); \
    return;                                                \
  }

TEST_CASE("Memory that runs out in the agent's bound ends a command, which says whose it was", "[system]") {
  NEEDS_GROUPS();
  ExecScene scene("basic.limit.memory_limit = 64Mi\n");
  for (int round = 0; round < 2; ++round) {
    const TaskResult result = scene.run(piped(kMemoryHog));
    CHECK(result.end.ended_by == "memory");
    CHECK(result.end.bound == "agent");
    CHECK(result.end.oom_kills == 1);
  }
  scene.check_unharmed();
  check_ends_clean(scene);
}

TEST_CASE("A busy loop, a fork bomb and a memory hog do not keep the agent from answering", "[system]") {
  NEEDS_GROUPS();
  ExecScene scene("basic.limit.memory_limit = 128Mi\nbasic.limit.cpu_quota = 150\n");
  check_answers_during(
      scene, kFewSeconds + "i=0; while [ $i -lt 64 ]; do (while :; do :; done) & i=$((i+1)); done; wait", {});
  check_answers_during(scene, kForkBomb + "exec sleep 60", {.pids = 200});
  check_answers_during(scene, "while :; do (" + kMemoryHog + "); done", {});
  scene.check_unharmed();
  check_ends_clean(scene);
}

TEST_CASE("A busy loop, a fork bomb and memory hogs together do not delay a heartbeat", "[system]") {
  NEEDS_GROUPS();
  ExecScene scene("basic.limit.memory_limit = 128Mi\nbasic.limit.cpu_quota = 150\n");
  Exec bomb = piped(kForkBomb + "exec sleep 60");
  bomb.limits.pids = 200;
  std::map<std::string, std::int64_t> loads;
  for (const Exec& load :
       {piped("i=0; while [ $i -lt 64 ]; do (while :; do :; done) & i=$((i+1)); done; wait"), bomb}) {
    const std::string tid = scene.send(load);
    loads[tid] = scene.wait_for_start(tid).start.pid;
    REQUIRE(scene.result(tid).start.ok);
  }
  wait_for_heartbeat(scene);
  const auto first = std::chrono::steady_clock::now();
  wait_for_heartbeat(scene);
  // Ten seconds, the one that is promised, and one for this process, which shares the machine with all that.
  CHECK(std::chrono::steady_clock::now() - first <= seconds(12));
  // An agent takes two seconds to end, in which not all of these might.
  for (const auto& [tid, pid] : loads) scene.kill(pid);
  for (const auto& [tid, pid] : loads) CHECK(scene.wait_for_end(tid).over);
  check_ends_clean(scene);
}

TEST_CASE("Commands without limits touch no file of cgroups", "[system]") {
  const std::string strace = "/usr/bin/strace";
  if (!std::filesystem::exists(strace)) {
    WARN("strace is not installed: nothing was tested");
    return;
  }
  const TempDir dir;
  const std::string trace = dir.file("trace");
  ExecScene scene("", {"/usr/bin/env", "ASAN_OPTIONS=detect_leaks=0", strace, "-f", "-e", "trace=%file,flock",
                       "-o", trace});
  CHECK(scene.run(piped("echo hello")).output == "hello\n");
  CHECK(scene.run(shell_command("echo hello")).output == "hello\r\n");
  ::kill(std::stoi(agent::host::read_text(trace)), SIGTERM);
  CHECK(scene.program().wait() == 0);
  const std::string calls = agent::host::read_text(trace);
  CHECK_THAT(calls, Catch::Contains("[\"sh\", \"-c\""));
  std::istringstream lines(calls);
  for (std::string line; std::getline(lines, line);)
    if (line.find("cgroup") != std::string::npos) FAIL_CHECK(line);
}
