// A process whose files do not come, as while the kernel holds its memory, in an agent that really runs.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>

#include "examples/metrics-agent/process/process_sampler.hpp"
#include "tests/examples/made_processes.hpp"
#include "tests/support/patience.hpp"

using namespace std::chrono_literals;

namespace {

// Whoever reads it waits until this end is closed. -1: nobody has opened it yet.
int open_other_end(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

TEST_CASE("A process that hangs holds up its sample alone, never the agent", "[examples]") {
  MadeProcesses tree;
  tree.add({.pid = 7}).add({.pid = 8, .arguments = "x"});
  const std::string file = tree.path("proc/7/cmdline");
  std::filesystem::remove(file);
  REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
  tree.write("agent.conf", "id = test\nserver = 127.0.0.1:1\n");

  agent::Agent running("metrics-agent", "1.0.0");
  running.load(tree.path("agent.conf"));
  ProcessOptions options;
  options.root = tree.root();
  ProcessSampler sampler(running, options);
  std::atomic<int> ticks{0};
  std::atomic<int> samples{0};
  std::atomic<std::size_t> found{0};
  running.every(1ms, [&ticks] { ++ticks; });
  running.every(1ms, [&]() -> agent::Task<> {
    const agent::wire::DynamicReply reply = co_await sampler.processes(0);
    found = reply.processes.size();
    ++samples;
  });
  std::thread loop([&running] { running.run(); });

  int other_end = -1;
  test::wait_until("the file is read", [&] { return (other_end = open_other_end(file)) >= 0; });
  const int before = ticks;
  test::wait_until("the agent goes on", [&] { return ticks >= before + 20; });
  CHECK(samples == 0);
  // Later samples find a file that does not hang.
  tree.write("proc/7/next", "");
  std::filesystem::rename(tree.path("proc/7/next"), file);
  ::close(other_end);
  test::wait_until("the sample ends", [&] { return samples > 0; });
  CHECK(found == 2);
  running.stop();
  loop.join();
}
