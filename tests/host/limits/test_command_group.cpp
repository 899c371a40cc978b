// Commands in groups of their own, where this process may make them; elsewhere `make test-guest` runs these.
#include "host/limits/command_group.hpp"

#include <csignal>
#include <string>

#include "host/proc_text.hpp"
#include "tests/host/limits/command_scene.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint32_t kPercent = 5;  // little: on a busy machine nobody would get more
// What ends within moments may take so long beside compilers; what hangs takes 300 s.
constexpr seconds kBusy{20};

// A guest has none.
bool has_python() { return ::access("/usr/bin/python3", X_OK) == 0; }

// Tells in how many groups of commands it is.
const std::string kCountGroups = "grep -cE '/(tasks|commands)/' /proc/self/cgroup || true";

// How often the kernel has held up the only command.
std::uint64_t count_throttled(const Scene& scene) {
  std::uint64_t most = 0;
  for (const std::string& group : scene.groups())
    most = std::max(most, counter(read_text(group + "/cpu.stat"), "nr_throttled").value_or(0));
  return most;
}

// Until the kernel has held it up after it has said "running"; then it is killed.
Task<> run_until_throttled(ChildReaper* reaper, const Scene* scene, ProcessOptions options,
                           Outcome* outcome) {
  const Clock::time_point begin = Clock::now();
  std::unique_ptr<Process> process = co_await Process::start(*reaper, std::move(options));
  co_await read_until(process.get(), &outcome->output, "running");
  const std::uint64_t before = count_throttled(*scene);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (count_throttled(*scene) <= before) {
    timer.expires_after(milliseconds(20));
    co_await timer.async_wait(asio::use_awaitable);
  }
  process->kill_tree();
  outcome->status = co_await process->wait();
  outcome->took = Clock::now() - begin;
  outcome->end = process->end();
  outcome->usage = process->usage();
}

}  // namespace

TEST_CASE("A command with limits is in its group before its program begins", "[group]") {
  NEEDS_GROUPS();
  const std::size_t expected = scene.places.tasks.directories().size();
  const std::string& line = kCountGroups;
  ProcessOptions options = limited(line, {.pids = 20});
  CHECK(scene.run(options).output == fmt::format("{}\n", expected));
  options.terminal = true;
  CHECK(scene.run(options).output == fmt::format("{}\r\n", expected));
  options.auth = Auth::su;
  options.user = "nobody";
  CHECK(scene.run(options).output == fmt::format("{}\r\n", expected));
  options.terminal = false;
  CHECK(scene.run(options).output == fmt::format("{}\n", expected));
}

TEST_CASE("A command that runs out of memory says so", "[group]") {
  NEEDS_GROUPS();
  const Outcome outcome = scene.run(limited(kMemoryHog, memory(16)));
  CHECK(outcome.status.signal == SIGKILL);
  CHECK(outcome.end == CommandEnd{EndedBy::memory, Bound::command, false, 1});
  REQUIRE(outcome.usage);
  CHECK(outcome.usage->peak_memory.value > 8 * kMega);
  CHECK(outcome.usage->peak_memory.value <= 16 * kMega);
}

TEST_CASE("A command whose child was killed for memory says so, whatever its exit code", "[group]") {
  NEEDS_GROUPS();
  if (own_places().memory.version == 2) return;  // there the kernel ends the whole command
  const Outcome outcome = scene.run(limited("(" + kMemoryHog + ") 2>/dev/null; exit 0", memory(16)));
  CHECK(outcome.status.code == 0);
  CHECK(outcome.end.ended_by == EndedBy::memory);
  CHECK(outcome.end.bound == Bound::command);
  CHECK(outcome.end.oom_kills == 1);
}

TEST_CASE("What goes on after a process was killed for memory is ended", "[group]") {
  NEEDS_GROUPS();
  const Outcome outcome = scene.run(limited("(" + kMemoryHog + "); sleep 300", memory(16)));
  CHECK(outcome.status.signal == SIGKILL);
  CHECK(outcome.end.ended_by == EndedBy::memory);
  CHECK(outcome.took < kBusy);
}

TEST_CASE("A command that exits with 137 by itself was ended by nobody", "[group]") {
  NEEDS_GROUPS();
  const Outcome outcome = scene.run(limited("exit 137", memory(64)));
  CHECK(outcome.status.code == 137);
  CHECK(outcome.end == CommandEnd());
}

TEST_CASE("A command whose fork was refused says so, whatever its exit code", "[group]") {
  NEEDS_GROUPS();
  const Outcome outcome = scene.run(limited("sleep 0.01 & sleep 0.01 & wait; exit 0", {.pids = 2}));
  CHECK(outcome.end.ended_by == EndedBy::itself);
  CHECK(outcome.end.pids);
  CHECK(outcome.end.bound == Bound::command);
  CHECK_THAT(outcome.end.fork_limit, Catch::StartsWith("pids.max is 2 in /"));
  REQUIRE(outcome.usage);
  CHECK(outcome.usage->peak_pids == 2);
}

TEST_CASE("A fork that a group around the agent refuses names that group", "[group]") {
  NEEDS_GROUPS();
  ControlGroup bound = scene.places.bound;
  bound.set(Controller::pids, pids_writes(3));
  const Outcome outcome =
      scene.run(limited("sleep 0.01 & sleep 0.01 & sleep 0.01 & wait; exit 0", {.pids = 50}));
  CHECK(outcome.end.pids);
  CHECK(outcome.end.bound == Bound::agent);
  CHECK_THAT(outcome.end.fork_limit, Catch::StartsWith("pids.max is 3 in /"));
}

TEST_CASE("64 busy threads stay within the quota, as the kernel counts", "[group]") {
  NEEDS_GROUPS();
  if (!has_python()) return;
  const std::string line =
      "exec /usr/bin/python3 -c \"import hashlib, threading\n"
      "all = threading.Barrier(65)\n"
      "def loop():\n"
      "  all.wait()\n"
      "  while True: hashlib.sha256(bytes(100000))\n"
      "for i in range(64): threading.Thread(target=loop).start()\n"
      "all.wait()\n"
      "print('running', flush=True)\"";
  const ProcessOptions options = limited(line, {.cpu_percent = kPercent});
  Outcome outcome;
  with_reaper([&](ChildReaper* reaper) { return run_until_throttled(reaper, &scene, options, &outcome); },
              scene.limits);
  CHECK(outcome.end.ended_by == EndedBy::killed);
  REQUIRE(outcome.usage);
  const std::chrono::duration<double> cpu = outcome.usage->cpu;
  // One period of 0.1 s may have begun at each end.
  const double most = (kPercent + 5) / 100.0 * (outcome.took.count() + 0.2);
  CHECK(cpu.count() <= most);
  CHECK(outcome.usage->peak_pids > 60);
}

TEST_CASE("A copy of 1 GB under 64 MB ends well and does not look like a leak", "[group]") {
  NEEDS_GROUPS();
  const TempDir dir;
  ProcessOptions options = limited("truncate -s 1G sparse && cp --sparse=never sparse large", memory(64));
  options.workdir = dir.path();
  const Outcome outcome = scene.run(options);
  CHECK(outcome.status.code == 0);
  CHECK(outcome.end == CommandEnd());
  REQUIRE(outcome.usage);
  CHECK(outcome.usage->peak_memory.value < 24 * kMega);
  CHECK(outcome.usage->written.value >= 900 * kMega);
}

TEST_CASE("The memory, time and processes of a command are told", "[group]") {
  NEEDS_GROUPS();
  if (!has_python()) return;
  ProcessOptions options =
      shell("exec /usr/bin/python3 -c 'x = bytearray(80_000_000)\nfor i in range(3000000): pass'");
  options.measured = true;
  const Outcome outcome = scene.run(options);
  CHECK(outcome.status.code == 0);
  REQUIRE(outcome.usage);
  CHECK(outcome.usage->peak_memory.value > 80'000'000);
  CHECK(outcome.usage->peak_memory.value < 120'000'000);
  CHECK(outcome.usage->cpu > milliseconds(10));
  CHECK(outcome.usage->peak_pids >= 1);
}

TEST_CASE("A command without limits has no group", "[group]") {
  NEEDS_GROUPS();
  const Outcome outcome = scene.run(shell(kCountGroups));
  CHECK(outcome.output == "0\n");
  CHECK_FALSE(outcome.usage);
}

TEST_CASE("Every command of an agent with limits has a group, and not its OOM score", "[group]") {
  if (!has_groups()) return;
  const auto limits = std::make_shared<Limits>(fmt::format("libagent-test-own-{}", ::getpid()));
  LimitConfig config;
  config.memory_limit = Bytes{2000 * kMega};
  limits->apply(config);
  REQUIRE(limits->oom_score_of_commands());
  CHECK(*limits->oom_score_of_commands() > std::stoi(read_text("/proc/self/oom_score_adj")));
  for (const bool terminal : {false, true}) {
    ProcessOptions options = shell("tr -d '\\n' </proc/self/oom_score_adj");
    options.terminal = terminal;
    Outcome outcome;
    with_reaper([&](ChildReaper* reaper) { return run_to_end(reaper, options, &outcome); }, limits);
    CHECK(outcome.output == std::to_string(*limits->oom_score_of_commands()));
    CHECK(outcome.usage);
  }
  limits->release();
}

TEST_CASE("A command with limits is refused where there can be no groups", "[group]") {
  CHECK_THAT(start_failure(limited("echo", {.pids = 50})),
             Catch::StartsWith("agent cannot limit commands: "));
  ProcessOptions measured = shell("echo");
  measured.measured = true;
  CHECK(start_failure(measured).empty());
}
