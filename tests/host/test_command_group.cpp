// Commands in groups of their own, where this process may make them; elsewhere `make test-guest` runs these.
#include "host/command_group.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "host/proc_text.hpp"
#include "tests/host/group_test.hpp"
#include "tests/host/process_test.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMega = 1024 * 1024;
constexpr std::uint32_t kPercent = 30;
constexpr int kManyCommands = 300;
// What ends within moments may take so long beside compilers; what hangs takes 300 s.
constexpr seconds kBusy{20};

// The groups of an agent of this test. Nothing is left of them.
struct Scene {
  std::shared_ptr<Limits> limits = std::make_shared<Limits>(fmt::format("libagent-test-{}", ::getpid()));
  CommandPlaces places = limits->places();

  Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene() {
    try {
      wait_until("nothing is left", [this] {
        places.left.kill();
        return places.left.is_empty();
      });
      CHECK(groups().empty());
    } catch (const std::exception& error) {
      WARN(error.what());
    }
    limits->release();
  }

  // The groups of commands, in any hierarchy.
  std::vector<std::string> groups() const {
    std::vector<std::string> names;
    for (const std::string& directory : places.tasks.directories())
      for (const auto& entry : std::filesystem::directory_iterator(directory))
        if (entry.is_directory()) names.push_back(entry.path().string());
    return names;
  }

  Outcome run(ProcessOptions options) const {
    Outcome outcome;
    with_reaper([&](ChildReaper* reaper) { return run_to_end(reaper, std::move(options), &outcome); },
                limits);
    return outcome;
  }
};

// A guest has none.
bool has_python() { return ::access("/usr/bin/python3", X_OK) == 0; }

bool has_groups() {
  const CgroupPlaces own = own_places();
  return ::geteuid() == 0 && own.memory.usable() && own.pids.usable() && own.cpu.usable();
}

ProcessOptions limited(std::string line, CommandLimits limits) {
  ProcessOptions options = shell(std::move(line));
  options.limits = limits;
  return options;
}

CommandLimits memory(std::uint64_t megabytes) { return {.memory = Bytes{megabytes * kMega}}; }

// Tells in how many groups of commands it is.
const std::string kCountGroups = "grep -cE '/(tasks|commands)/' /proc/self/cgroup || true";

Task<> wait_for_no_groups(const Scene* scene) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!scene->groups().empty()) {
    timer.expires_after(milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

// Starts it, waits until it has written a line, kills it.
Task<> start_and_kill(ChildReaper* reaper, ProcessOptions options, Outcome* outcome) {
  const Clock::time_point begin = Clock::now();
  Process process(*reaper, std::move(options));
  co_await read_until(&process, &outcome->output, "\n");
  process.kill_tree();
  outcome->status = co_await process.wait();
  outcome->end = process.end();
  outcome->usage = process.usage();
  outcome->took = Clock::now() - begin;
}

Task<> run_until_removed(ChildReaper* reaper, const Scene* scene, ProcessOptions options, Outcome* outcome) {
  co_await run_to_end(reaper, std::move(options), outcome);
  co_await wait_for_no_groups(scene);
}

Task<> kill_what_is_left(ChildReaper* reaper) {
  Process process(*reaper, limited("setsid sleep 300 >/dev/null 2>&1 & echo $!", {.pids = 50}));
  std::string output;
  co_await read_to_end(&process, &output);
  co_await process.wait();
  CHECK(is_alive(std::stoi(output)));
  CHECK(process.kill_tree());
  co_await process.wait();
  CHECK_FALSE(is_alive(std::stoi(output)));
  CHECK(process.end() == CommandEnd());
}

Task<> run_many(ChildReaper* reaper, const Scene* scene) {
  const CommandLimits given{.memory = Bytes{64 * kMega}, .pids = 50};
  std::size_t descriptors = 0;
  for (int i = 0; i < kManyCommands; ++i) {
    ProcessOptions options = limited("exit 3", given);
    const bool fails = i % 7 == 6;
    if (fails) options.argv = {"/no/such/program"};
    Outcome outcome;
    try {
      co_await run_to_end(reaper, options, &outcome);
      CHECK_FALSE(fails);
    } catch (const Error&) {
      CHECK(fails);
    }
    if (i == 0) descriptors = count_descriptors();
  }
  CHECK(count_descriptors() == descriptors);
  co_await wait_for_no_groups(scene);
}

Task<> start_and_stop(ChildReaper* reaper, const Scene* scene) {
  Process process(*reaper, limited("echo; sleep 300 & sleep 300", {.pids = 50}));
  std::string output;
  co_await read_until(&process, &output, "\n");
  reaper->stop();
  CHECK(scene->groups().empty());
}

}  // namespace

#undef NEEDS_GROUPS
#define NEEDS_GROUPS()                                     \
  if (!has_groups()) {                                     \
    if (!guest().empty()) FAIL("no group can be made");    \
    WARN("no group can be made here: nothing was tested"); \
    return;                                                \
  }                                                        \
  Scene scene

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

TEST_CASE("A fork bomb is killed whole, and its group is removed", "[group]") {
  NEEDS_GROUPS();
  Outcome outcome;
  const ProcessOptions bomb = limited(kForkBomb + "echo; exec sleep 300", {.pids = 60});
  with_reaper([&](ChildReaper* reaper) { return start_and_kill(reaper, bomb, &outcome); }, scene.limits);
  CHECK(outcome.end.ended_by == EndedBy::killed);
  CHECK(outcome.took < kBusy);
  CHECK(scene.groups().empty());
}

TEST_CASE("64 busy threads stay within the quota, as the kernel counts", "[group]") {
  NEEDS_GROUPS();
  if (!has_python()) return;
  const std::string line =
      "exec /usr/bin/python3 -c \"import hashlib, threading\n"
      "all = threading.Barrier(64)\n"
      "def loop():\n"
      "  all.wait()\n"
      "  while True: hashlib.sha256(bytes(100000))\n"
      "for i in range(64): threading.Thread(target=loop).start()\"";
  ProcessOptions options = limited(line, {.cpu_percent = kPercent});
  options.timeout = seconds(3);
  const Outcome outcome = scene.run(options);
  CHECK(outcome.end.ended_by == EndedBy::timeout);
  REQUIRE(outcome.usage);
  const std::chrono::duration<double> cpu = outcome.usage->cpu;
  // One period of 0.1 s may have begun at each end.
  const double most = kPercent / 100.0 * 1.05 * (outcome.took.count() + 0.2);
  CHECK(cpu.count() <= most);
  CHECK(outcome.usage->peak_pids > 60);
}

TEST_CASE("A command that has used up its CPU seconds is ended", "[group]") {
  NEEDS_GROUPS();
  const Outcome outcome =
      scene.run(limited(kFewSeconds + "while :; do :; done & while :; do :; done", {.cpu_seconds = 1}));
  CHECK(outcome.end.ended_by == EndedBy::cpu_seconds);
  CHECK(outcome.status.signal == SIGKILL);
  CHECK_FALSE(outcome.status.timed_out);
  CHECK_FALSE(outcome.status.killed);
  REQUIRE(outcome.usage);
  CHECK(outcome.usage->cpu >= seconds(1));
  CHECK(outcome.usage->cpu < seconds(3));
}

TEST_CASE("A timeout and a kill say so with a group and without", "[group]") {
  NEEDS_GROUPS();
  const CommandLimits given = GENERATE(CommandLimits(), CommandLimits{.pids = 50});
  ProcessOptions options = limited("echo; sleep 300 & sleep 300", given);
  options.timeout = milliseconds(50);
  const Outcome late = scene.run(options);
  CHECK(late.end == CommandEnd{EndedBy::timeout, Bound::none, false, 0});
  CHECK(late.usage.has_value() == given.any());
  options.timeout = seconds(60);
  Outcome killed;
  with_reaper([&](ChildReaper* reaper) { return start_and_kill(reaper, options, &killed); }, scene.limits);
  CHECK(killed.end == CommandEnd{EndedBy::killed, Bound::none, false, 0});
  CHECK(killed.took < kBusy);
}

TEST_CASE("A process that leaves session, parent and environment is still ended with its command",
          "[group]") {
  NEEDS_GROUPS();
  Outcome outcome;
  // The scan of all processes would lose it.
  const std::string line =
      "(setsid env -i /bin/sh -c '(sh -c \"echo \\$\\$; exec sleep 300\" &)' &); sleep 300";
  with_reaper(
      [&](ChildReaper* reaper) { return start_and_kill(reaper, limited(line, {.pids = 50}), &outcome); },
      scene.limits);
  CHECK_FALSE(is_alive(std::stoi(outcome.output)));
}

TEST_CASE("A command that moves itself to another group ends all the same", "[group]") {
  NEEDS_GROUPS();
  std::string line;
  for (const std::string& entrance : scene.places.left.entrances()) line += "echo 0 >" + entrance + "; ";
  Outcome outcome;
  const ProcessOptions options = limited(line + "echo; exec sleep 300", {.pids = 50});
  with_reaper([&](ChildReaper* reaper) { return start_and_kill(reaper, options, &outcome); }, scene.limits);
  CHECK(outcome.status.signal == SIGKILL);
  CHECK(outcome.end.ended_by == EndedBy::killed);
  CHECK(outcome.took < kBusy);
}

TEST_CASE("What outlives its command moves on and lives on", "[group]") {
  NEEDS_GROUPS();
  const std::string line = GENERATE(std::string("setsid sleep 300 >/dev/null 2>&1 & echo $!"),
                                    std::string("nohup sleep 300 >/dev/null 2>&1 & echo $!"));
  const bool terminal = GENERATE(false, true);
  ProcessOptions options = limited(line, memory(64));
  options.terminal = terminal;
  Outcome outcome;
  with_reaper([&](ChildReaper* reaper) { return run_until_removed(reaper, &scene, options, &outcome); },
              scene.limits);
  CHECK(outcome.end == CommandEnd());
  const int pid = std::stoi(outcome.output);
  CHECK(scene.places.left.processes() == std::vector<int>{pid});
  CHECK(is_alive(pid));
  end_left_over(pid);
}

TEST_CASE("What a command has left can be killed for a moment", "[group]") {
  NEEDS_GROUPS();
  with_reaper(kill_what_is_left, scene.limits);
}

TEST_CASE("Commands one after another leave no group and no descriptor", "[group]") {
  NEEDS_GROUPS();
  with_reaper([&](ChildReaper* reaper) { return run_many(reaper, &scene); }, scene.limits);
}

TEST_CASE("A reaper that stops leaves no group of the commands that ran", "[group]") {
  NEEDS_GROUPS();
  with_reaper([&](ChildReaper* reaper) { return start_and_stop(reaper, &scene); }, scene.limits);
}

TEST_CASE("A copy of a file larger than the limit ends well and does not look like a leak", "[group]") {
  NEEDS_GROUPS();
  const TempDir dir;
  ProcessOptions options = limited("dd if=/dev/zero of=large bs=1M count=200 2>/dev/null", memory(32));
  options.workdir = dir.path();
  const Outcome outcome = scene.run(options);
  CHECK(outcome.status.code == 0);
  CHECK(outcome.end == CommandEnd());
  REQUIRE(outcome.usage);
  CHECK(outcome.usage->peak_memory.value < 24 * kMega);
  CHECK(outcome.usage->written.value >= 150 * kMega);
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
