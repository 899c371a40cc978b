// Starts of commands with groups of their own beside the loop, where this process may make groups; elsewhere
// `make test-guest` runs these.
#include <sys/resource.h>

#include <asio/post.hpp>
#include <csignal>
#include <string>

#include "tests/host/limits/command_scene.hpp"
#include "tests/support/sanitized.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

constexpr int kAtOnce = 4;
constexpr int kEach = 25;

Task<> start_and_look(ChildReaper* reaper, ProcessOptions options, bool* loop_went_on) {
  auto executor = co_await asio::this_coro::executor;
  asio::post(executor, [loop_went_on] { *loop_went_on = true; });
  std::unique_ptr<Process> process = co_await Process::start(*reaper, std::move(options));
  CHECK(*loop_went_on);
  std::string output;
  co_await read_to_end(process.get(), &output);
  const ExitStatus status = co_await process->wait();
  CHECK(output == "here\n");
  CHECK(status.code == 3);
}

Task<> run_short_ones(ChildReaper* reaper, int index, int* running) {
  for (int i = 0; i < kEach; ++i) {
    ProcessOptions options = limited("", {.pids = 50});
    options.argv = {i % 2 == 0 ? "/bin/true" : "/bin/false"};
    options.terminal = index == 0;
    Outcome outcome;
    co_await run_to_end(reaper, std::move(options), &outcome);
    CHECK(outcome.status.code == i % 2);
  }
  --*running;
}

Task<> run_at_once(ChildReaper* reaper, const Scene* scene) {
  auto executor = co_await asio::this_coro::executor;
  int running = kAtOnce;
  for (int i = 0; i < kAtOnce; ++i)
    asio::co_spawn(executor, run_short_ones(reaper, i, &running),
                   [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
  asio::steady_timer timer(executor);
  while (running > 0 || !scene->groups().empty()) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await wait_for_no_children();
}

Task<> wait_until_tidy(const Scene* scene) {
  co_await wait_for_no_children();
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!scene->groups().empty()) {
    timer.expires_after(std::chrono::milliseconds(2));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

Task<> give_up(ChildReaper* reaper, const Scene* scene) {
  {
    Task<std::unique_ptr<Process>> dropped = Process::start(*reaper, limited("exec sleep 300", {.pids = 50}));
  }
  co_await wait_until_tidy(scene);
}

Task<> fail_to_start(ChildReaper* reaper, const Scene* scene, std::string* failure) {
  ProcessOptions options = limited("echo", {.pids = 50});
  options.workdir = "/no/such/directory";
  try {
    co_await Process::start(*reaper, std::move(options));
  } catch (const Error& error) {
    *failure = error.what();
  }
  co_await wait_until_tidy(scene);
}

// The first commands with limits, of an agent that has no groups yet.
Task<> start_first_ones(ChildReaper* reaper, const Limits* limits) {
  Task<std::unique_ptr<Process>> first = Process::start(*reaper, limited("exit 3", {.pids = 50}));
  Task<std::unique_ptr<Process>> second = Process::start(*reaper, limited("exit 4", {.pids = 50}));
  CHECK_FALSE(limits->has_places());
  std::unique_ptr<Process> process = co_await std::move(first);
  CHECK(limits->has_places());
  ExitStatus status = co_await process->wait();
  CHECK(status.code == 3);
  CHECK(process->usage());
  process = co_await std::move(second);
  status = co_await process->wait();
  CHECK(status.code == 4);
}

// While it exists this process can open so many more files.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = count_descriptors() + more;
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

struct Ends {
  bool with_group = false;
  bool without_group = false;
  std::string failure;
};

Task<> run_with_few_descriptors(ChildReaper* reaper, CommandLimits limits, std::size_t more, Ends* ends) {
  ProcessOptions options = limited("exit 3", limits);
  options.measured = true;
  try {
    std::optional<FewDescriptors> few(more);
    std::unique_ptr<Process> process = co_await Process::start(*reaper, std::move(options));
    few.reset();
    const ExitStatus status = co_await process->wait();
    CHECK(status.code == 3);
    (process->usage() ? ends->with_group : ends->without_group) = true;
  } catch (const Error& error) {
    if (error.code() == Errc::refused) ends->failure = error.what();
  }
}

// Between too few descriptors for the streams of a command and enough for its group, too.
Ends run_with_all_numbers(const Scene& scene, CommandLimits limits) {
  constexpr std::size_t enough = 40;
  Ends ends;
  for (std::size_t more = 0; more < enough && !ends.with_group; ++more)
    with_reaper([&](ChildReaper* reaper) { return run_with_few_descriptors(reaper, limits, more, &ends); },
                scene.limits);
  return ends;
}

}  // namespace

TEST_CASE("Where its group cannot be made a command without limits runs, and one with limits is refused",
          "[group]") {
  if (kSanitized) return;  // UBSan looks at memory through a pipe, for which there is no descriptor
  NEEDS_GROUPS();
  const Ends measured = run_with_all_numbers(scene, {});
  CHECK(measured.with_group);
  CHECK(measured.without_group);
  CHECK(measured.failure.empty());
  const Ends limited = run_with_all_numbers(scene, {.pids = 50});
  CHECK(limited.with_group);
  CHECK_FALSE(limited.without_group);
  CHECK_THAT(limited.failure,
             Catch::StartsWith("agent cannot limit commands: ") && Catch::Contains("Too many open files"));
}

TEST_CASE("The loop goes on while a command enters its group", "[group]") {
  NEEDS_GROUPS();
  bool loop_went_on = false;
  const ProcessOptions options = limited("echo here; exit 3", {.pids = 50});
  with_reaper([&](ChildReaper* reaper) { return start_and_look(reaper, options, &loop_went_on); },
              scene.limits);
}

TEST_CASE("Commands that end at once, many at a time, lose no end", "[group]") {
  NEEDS_GROUPS();
  with_reaper([&](ChildReaper* reaper) { return run_at_once(reaper, &scene); }, scene.limits);
}

TEST_CASE("A start that nobody waits for any more is taken back", "[group]") {
  NEEDS_GROUPS();
  with_reaper([&](ChildReaper* reaper) { return give_up(reaper, &scene); }, scene.limits);
}

TEST_CASE("A start beside the loop that fails says why and leaves nothing", "[group]") {
  NEEDS_GROUPS();
  std::string failure;
  with_reaper([&](ChildReaper* reaper) { return fail_to_start(reaper, &scene, &failure); }, scene.limits);
  CHECK(failure == "chdir /no/such/directory: No such file or directory");
}

TEST_CASE("A reaper that stops ends what is just starting", "[group]") {
  NEEDS_GROUPS();
  asio::io_context io;
  ChildReaper reaper;
  start(reaper, io, scene.limits);
  int failed = 0;
  for (int i = 0; i < kAtOnce; ++i)
    asio::co_spawn(io, Process::start(reaper, limited("exec sleep 300", {.pids = 50})),
                   [&failed](std::exception_ptr thrown, const std::unique_ptr<Process>&) {
                     if (thrown) ++failed;
                   });
  reaper.stop();
  CHECK(scene.groups().empty());
  CHECK(count_children() == 0);
  io.run_for(kLimit);
  CHECK(failed > 0);  // those that had not begun
}

TEST_CASE("The loop goes on while the first command with limits makes the agent's groups, once", "[group]") {
  NEEDS_AGENT();
  const TestName name("first");
  const auto limits = std::make_shared<Limits>(name);
  with_reaper([&](ChildReaper* reaper) { return start_first_ones(reaper, limits.get()); }, limits);
  CHECK(what_is_left_of(fmt::format("{}.2", name)).empty());
  limits->release();
}

TEST_CASE("A reaper that stops while the agent's groups are made starts nothing", "[group]") {
  NEEDS_AGENT();
  const TestName name("stopped");
  const auto limits = std::make_shared<Limits>(name);
  asio::io_context io;
  ChildReaper reaper;
  start(reaper, io, limits);
  std::string failure;
  auto on_end = [&failure](std::exception_ptr thrown, const std::unique_ptr<Process>&) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const Error& error) {
      failure = error.what();
    }
  };
  asio::co_spawn(io, Process::start(reaper, limited("exec sleep 300", {.pids = 50})), on_end);
  reaper.stop();
  CHECK(count_children() == 0);
  io.run_for(kLimit);
  CHECK_THAT(failure, Catch::Contains("about to end"));
  limits->release();
}
