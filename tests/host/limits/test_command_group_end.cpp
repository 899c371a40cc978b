// How commands in groups of their own end, and what outlives them; elsewhere `make test-guest` runs these.
#include <csignal>
#include <string>

#include "host/limits/command_group.hpp"
#include "tests/host/limits/command_scene.hpp"
#include "tests/support/hog.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kManyCommands = 300;
// What ends within moments may take so long beside compilers; what hangs takes 300 s.
constexpr seconds kBusy{20};

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
  const std::size_t descriptors = count_descriptors();
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
  }
  co_await wait_for_no_groups(scene);
  // The thread beside the loop has the last ones open for a moment more.
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (count_descriptors() > descriptors) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<> start_and_stop(ChildReaper* reaper, const Scene* scene) {
  Process process(*reaper, limited("echo; sleep 300 & sleep 300", {.pids = 50}));
  std::string output;
  co_await read_until(&process, &output, "\n");
  reaper->stop();
  CHECK(scene->groups().empty());
}

}  // namespace

TEST_CASE("A fork bomb is killed whole, and its group is removed", "[group]") {
  NEEDS_GROUPS();
  Outcome outcome;
  const ProcessOptions bomb = limited(kForkBomb + "echo; exec sleep 300", {.pids = 60});
  with_reaper([&](ChildReaper* reaper) { return start_and_kill(reaper, bomb, &outcome); }, scene.limits);
  CHECK(outcome.end.ended_by == EndedBy::killed);
  CHECK(outcome.took < kBusy);
  CHECK(scene.groups().empty());
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
