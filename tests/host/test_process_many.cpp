// Many processes: nothing is left behind, nothing is mixed up.
#include <sys/time.h>

#include <cstdlib>

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

// While it exists: a signal every 300 us, which interrupts system calls, and a PATH of a thousand directories
// that do not exist, so that whoever starts a program fails a thousand times first.
class Disturbance {
 public:
  Disturbance() : path_(::getenv("PATH")) {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &before_);
    repeat(300);
    std::string path;
    for (int i = 0; i < 1000; ++i) path += "/nowhere/" + std::to_string(i) + ":";
    ::setenv("PATH", (path + path_).c_str(), 1);
  }
  ~Disturbance() {
    repeat(0);
    ::sigaction(SIGALRM, &before_, nullptr);
    ::setenv("PATH", path_.c_str(), 1);
  }

 private:
  static void repeat(int microseconds) {
    const itimerval timer{{0, microseconds}, {0, microseconds}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }

  const std::string path_;
  struct sigaction before_ {};
};

}  // namespace

// The processes that share our memory until the exec share errno, too: it said that the program is missing
// where the read of their report had been interrupted.
TEST_CASE("Commands on terminals start while signals come and programs are looked for", "[host]") {
  ProcessOptions options;
  options.argv = {"true"};
  const Disturbance disturbance;
  for (int i = 0; i < 300; ++i) CHECK(start_failure(options) == "");
}

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
