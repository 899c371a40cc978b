// limit.* by the kernel's own account, on the machine itself: this process plays the agent.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "host/disk_device.hpp"
#include "host/proc_text.hpp"
#include "tests/host/group_test.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

TEST_CASE("A quota holds by the kernel's own account", "[group][limits][bite]") {
  NEEDS_GROUPS();
  const TestName name("quota");
  Limits limits(name);
  LimitConfig limit;
  limit.cpu_quota = 5;  // little: on a busy machine nobody would get more
  limits.apply(limit);
  const CommandPlaces places = limits.places();
  ControlGroup command = places.tasks.below("loop");
  REQUIRE(command.make());
  const int pid = start_in(command, kFewSeconds + "for i in 1 2 3 4; do while :; do :; done & done; wait");
  auto throttled = [&] {
    return counter(places.bound.read(Controller::cpu, "cpu.stat"), "nr_throttled").value_or(0);
  };
  auto periods = [&] {
    return counter(places.bound.read(Controller::cpu, "cpu.stat"), "nr_periods").value_or(0);
  };
  wait_until("the quota is felt", [&] { return throttled() > 0; });
  const auto used_before = command.usage().cpu;
  const std::uint64_t periods_before = periods();
  wait_until("forty periods have gone by", [&] { return periods() >= periods_before + 40; });
  const std::chrono::duration<double> used = command.usage().cpu - used_before;
  // Each period is 100 ms of wall time: the kernel counts them, however busy the machine is.
  const double wall = 0.1 * static_cast<double>(periods() - periods_before);
  CHECK(used.count() / wall <= 0.05 + 0.05);
  command.kill();
  wait_for(pid);
  wait_until("the group is empty", [&] {
    command.kill();
    return command.remove();
  });
}

TEST_CASE("Memory that runs out kills a command and not the agent", "[group][limits][bite]") {
  NEEDS_GROUPS();
  const TestName name("hog");
  Limits limits(name);
  LimitConfig limit;
  limit.memory_limit = Bytes{64 * 1024 * 1024};
  limits.apply(limit);
  REQUIRE(state_of(limits, "memory").problem == "");
  ControlGroup command = limits.places().tasks.below("hog");
  for (std::uint64_t round = 1; round <= 2; ++round) {
    REQUIRE(command.make());
    const GroupCounters before = limits.counters();
    const int status = wait_for(start_in(command, fmt::format("echo {} > /proc/self/oom_score_adj; {}",
                                                              *limits.oom_score_of_commands(), kMemoryHog)));
    CHECK(WIFSIGNALED(status));
    CHECK(command.counters().oom_kills == 1);
    CHECK(command.counters().memory_limits == 0);  // it had no limit of its own
    CHECK(limits.counters().memory_limits > before.memory_limits);
    wait_until("the group is removed", [&] { return command.remove(); });
  }
}

TEST_CASE("A disk limit binds commands, and agent and commands together", "[group][limits][bite]") {
  NEEDS_GROUPS();
  TempDir dir;
  struct stat where {};
  REQUIRE(::stat(dir.path().c_str(), &where) == 0);
  const DeviceNumber disk{major(where.st_dev), minor(where.st_dev)};
  if (!problem_of_disk_device(disk).empty() || !own_places().io.usable()) {
    WARN("the disk of the temporary directory cannot be limited: nothing was tested");
    return;
  }
  const TestName name("disk");
  Limits limits(name);
  LimitConfig limit;
  limit.disk_limit = {{.dev = to_string(disk), .write_bytes = Bytes{8'000'000}}};
  limits.apply(limit);
  REQUIRE(state_of(limits, "disk").problem == "");
  CHECK(state_of(limits, "disk").enforced);
  CHECK_THAT(state_of(limits, "disk").value,
             Catch::StartsWith(to_string(disk)) && Catch::EndsWith("=8000000"));
  ControlGroup command = limits.places().tasks.below("writer");
  REQUIRE(command.make());
  const std::string line = fmt::format("exec dd if=/dev/zero of={} bs=1M count=24 oflag=direct 2>{}",
                                       dir.file("x"), dir.file("log"));
  const auto begin = std::chrono::steady_clock::now();
  const int status = wait_for(start_in(command, line));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (status != 0) WARN("no direct writes here: " << read_text(dir.file("log")));
  // A lower bound of the time: a busy machine only makes it longer. Without the limit it takes a tenth.
  if (status == 0) CHECK(24.0 * 1048576 / took.count() <= 1.1 * 8'000'000);
  CHECK(command.remove());
}
