// Many processes: nothing is left behind, nothing is mixed up.
#include "tests/host/process_test.hpp"

using namespace agent;
using namespace test;

namespace {

Task<> run_one_after_the_other(ChildReaper* reaper, int count) {
  for (int i = 0; i < count; ++i) {
    Outcome outcome;
    ProcessOptions options = shell("echo " + std::to_string(i));
    options.terminal = i % 2 == 0;
    co_await run_to_end(reaper, options, &outcome);
    if (outcome.output != std::to_string(i) + (options.terminal ? "\r\n" : "\n"))
      FAIL("lost the output of " << i);
    if (outcome.status.code != 0) FAIL("lost the exit code of " << i);
  }
  co_await wait_for_no_children();
}

// What the shell makes of it: `lines` lines of `index`, exit code index % 200.
Task<> run_numbered(ChildReaper* reaper, int index, int* running) {
  Outcome outcome;
  const std::string number = std::to_string(index);
  ProcessOptions options = shell("yes " + number + " | head -n 2000; exit " + std::to_string(index % 200));
  options.terminal = index % 3 == 0;
  co_await run_to_end(reaper, options, &outcome);
  std::string expected;
  for (int i = 0; i < 2000; ++i) expected += number + (options.terminal ? "\r\n" : "\n");
  CHECK((outcome.output == expected));
  CHECK(outcome.status.code == index % 200);
  --*running;
}

Task<> run_at_once(ChildReaper* reaper, int count) {
  auto executor = co_await asio::this_coro::executor;
  int running = count;
  for (int i = 0; i < count; ++i) {
    asio::co_spawn(executor, run_numbered(reaper, i, &running),
                   [](std::exception_ptr thrown) { CHECK_FALSE(thrown); });
  }
  asio::steady_timer timer(executor);
  while (running > 0) {
    timer.expires_after(std::chrono::milliseconds(5));
    co_await timer.async_wait(asio::use_awaitable);
  }
  co_await wait_for_no_children();
}

}  // namespace

TEST_CASE("A thousand commands leave no process, no zombie and no descriptor", "[host]") {
  run(shell("true"));  // what the first one opens for good
  const std::size_t descriptors = count_descriptors();
  with_reaper([](ChildReaper* reaper) { return run_one_after_the_other(reaper, 1000); });
  CHECK(count_children() == 0);
  CHECK(count_descriptors() == descriptors);
}

TEST_CASE("Sixty-four commands at once each give their own output and code", "[host]") {
  const std::size_t descriptors = count_descriptors();
  with_reaper([](ChildReaper* reaper) { return run_at_once(reaper, 64); });
  CHECK(count_descriptors() == descriptors);
}
