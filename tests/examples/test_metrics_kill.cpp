// A metrics-agent that is killed again and again while its server is away.
#include <sys/wait.h>
#include <unistd.h>
#include <agent/testing.hpp>
#include <catch2/catch.hpp>

#include <csignal>
#include <random>

#include "tests/examples/fake_sampling.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace std::chrono_literals;
using test::FakeMetrics;

namespace {

// The numbers of the samples of usage that have arrived.
std::vector<std::uint64_t> usages(const TestServer& server) {
  std::vector<std::uint64_t> numbers;
  for (const wire::DynamicReply& report : server.reports<wire::DynamicReply>()) {
    if (report.usage) numbers.push_back(report.usage->memory.used);
  }
  return numbers;
}

std::string settings(const test::TempDir& dir) {
  return "task.jobs = usage\nspool.size = 1Mi\nspool.dir = " + dir.file("spool") + "\n";
}

// Offline: samples on and on from the number after `last`, and tells each one that has been reported.
[[noreturn]] void sample_offline(const test::TempDir& dir, std::uint64_t last, int told) {
  FakeMetrics fake;
  fake.machine.usages = last;
  fake.agent.on_start([] { return Agent::pause(std::chrono::hours(24 * 365)); });  // it never connects
  TestServer server(fake.agent, settings(dir));
  for (;;) {
    server.advance(5s);
    const std::uint64_t number = fake.machine.usages;
    if (::write(told, &number, sizeof number) != sizeof number) ::_exit(1);
  }
}

// One life of an agent, ended after some samples; the number of its last one that is known.
std::uint64_t live_and_be_killed(const test::TempDir& dir, std::uint64_t last, std::uint64_t samples) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) sample_offline(dir, last, ends[1]);
  ::close(ends[1]);
  std::uint64_t number = 0;
  const std::uint64_t enough = last + samples;
  while (last < enough && ::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  ::kill(child, SIGKILL);
  while (::read(ends[0], &number, sizeof number) == sizeof number) last = number;
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  return last;
}

}  // namespace

TEST_CASE("Killed ten times while offline, metrics-agent loses no sample and repeats none", "[examples]") {
  test::TempDir dir;
  std::minstd_rand random(1414);
  std::vector<std::uint64_t> last_of_lives;
  std::uint64_t last = 0;
  for (int life = 0; life < 10; ++life) {
    last = live_and_be_killed(dir, last, 1 + random() % 200);
    last_of_lives.push_back(last);
    last += 1000;  // a later life's numbers are its own
  }
  FakeMetrics fake;
  TestServer server(fake.agent, settings(dir));
  const std::vector<std::uint64_t> numbers = usages(server);
  CHECK(std::adjacent_find(numbers.begin(), numbers.end(), std::greater_equal<>()) == numbers.end());
  std::uint64_t first = 1;
  std::size_t known = 0;
  for (const std::uint64_t end : last_of_lives) {
    for (std::uint64_t number = first; number <= end; ++number, ++known) {
      if (!std::binary_search(numbers.begin(), numbers.end(), number))
        FAIL("sample " << number << " is lost");
    }
    first = end + 1001;
  }
  CHECK(numbers.size() <= known + 10);  // of each life one that it had no time to tell
  CHECK(server.metric("report_spool_dropped_total") == 0);
}
