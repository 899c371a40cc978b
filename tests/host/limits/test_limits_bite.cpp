// limit.* by the kernel's own account, on the machine itself: this process plays the agent.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>

#include "host/limits/disk_device.hpp"
#include "host/proc_text.hpp"
#include "tests/host/limits/group_test.hpp"
#include "tests/support/hog.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace agent::host;
using namespace test;

namespace {

// Direct writes to the disk of the temporary directory.
struct Writes {
  int count = 1;
  int bytes = 1;  // of each
};

enum class Unit { bytes, operations };

// What was written to the disk from this group, by the kernel's count: a file system may add its own writes.
double written(const ControlGroup& group, const DeviceNumber& disk, Unit unit) {
  const bool v2 = group.place(Controller::io).version == 2;
  const bool bytes = unit == Unit::bytes;
  const std::string text = group.read(Controller::io, v2      ? "io.stat"
                                                      : bytes ? "blkio.throttle.io_service_bytes"
                                                              : "blkio.throttle.io_serviced");
  const std::size_t line = text.find(to_string(disk) + " " + (v2 ? "" : "Write "));
  const std::string key = !v2 ? "Write " : bytes ? "wbytes=" : "wios=";
  const std::size_t at = line == text.npos ? line : text.find(key, line);
  return at == text.npos ? 0 : std::stod(text.substr(at + key.size()));
}

// One of a busy machine's tries is near enough to what the disk and the limit allow.
constexpr int kTries = 4;
// A disk that is not much faster than a limit says nothing about it.
constexpr double kMuchFaster = 3;

// How long a writer took: with its start, which a busy machine lets wait in each hierarchy, and without.
struct Took {
  double with_start = 0;
  double without_start = 0;
};

// The disk, in a directory that is removed, if a limit can be proved on it.
struct Disk {
  TempDir dir;
  DeviceNumber number;
  bool usable = false;

  Disk() {
    struct stat where {};
    REQUIRE(::stat(dir.path().c_str(), &where) == 0);
    number = {major(where.st_dev), minor(where.st_dev)};
    usable = problem_of_disk_device(number).empty() && own_places().io.usable();
    if (!usable) WARN("the disk of the temporary directory cannot be limited: nothing was tested");
  }

  // Seconds that it takes in this group; nothing where the file system has no direct writes.
  std::optional<Took> write(const ControlGroup& group, Writes writes) const {
    const std::string line = fmt::format("exec dd if=/dev/zero of={} bs={} count={} oflag=direct 2>{}",
                                         dir.file("x"), writes.bytes, writes.count, dir.file("log"));
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    const int pid = start_in(group, line);
    const auto started = Clock::now();
    const int status = wait_for(pid);
    const auto end = Clock::now();
    const auto seconds = [end](Clock::time_point from) {
      return std::chrono::duration<double>(end - from).count();
    };
    if (status == 0) return Took{.with_start = seconds(begin), .without_start = seconds(started)};
    WARN("no direct writes here: " << read_text(dir.file("log")));
    return {};
  }
};

// The writes of a command are never faster than `per_second`. Those of bytes are not slower than a tenth less
// either, at the best of some tries, where the disk was much faster just before. A guest's processor may
// stand still for as long as a write takes, and what kernels let through of few operations depends on when
// the next one comes: 60 to 100 % of 5 a second.
void check_rate(const Disk& disk, const DiskLimit& given, Writes writes, Unit unit, double per_second) {
  const double amount = unit == Unit::bytes ? static_cast<double>(writes.count) * writes.bytes : writes.count;
  const TestName name("disk");
  const std::optional<Took> alone = disk.write(ControlGroup(own_places()), writes);
  if (!alone) return;
  Limits limits(name);
  LimitConfig limit;
  limit.disk_limit = {given};
  limits.apply(limit);
  REQUIRE(state_of(limits, "disk").problem == "");
  CHECK(state_of(limits, "disk").enforced);
  CHECK_THAT(state_of(limits, "disk").value,
             Catch::StartsWith(to_string(disk.number)) && Catch::EndsWith(fmt::format("={}", per_second)));
  ControlGroup command = limits.places().tasks.below("writer");
  REQUIRE(command.make());
  double best = 0;
  const bool has_least = unit == Unit::bytes && guest().empty();
  const int tries = has_least ? kTries : 1;
  for (int i = 0; i < tries && best < 0.9 * per_second; ++i) {
    const double before = written(command, disk.number, unit);
    const std::optional<Took> took = disk.write(command, writes);
    if (!took) break;
    const double done = written(command, disk.number, unit) - before;
    // A lower bound of the time: a busy machine only makes it longer.
    CHECK(done / took->with_start <= 1.1 * per_second);
    best = std::max(best, done / took->without_start);
  }
  const double unlimited = amount / alone->with_start;
  CAPTURE(unlimited, best);
  if (has_least && unlimited >= kMuchFaster * per_second) CHECK(best >= 0.9 * per_second);
  CHECK(command.remove());
}

}  // namespace

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

TEST_CASE("Direct writes of a command keep a limit of bytes within a tenth", "[group][limits][bite]") {
  NEEDS_GROUPS();
  const Disk disk;
  if (!disk.usable) return;
  constexpr int per_second = 8'000'000;
  const Writes writes{.count = 24, .bytes = 1024 * 1024};
  check_rate(disk, {.dev = to_string(disk.number), .write_bytes = Bytes{per_second}}, writes, Unit::bytes,
             per_second);
}

TEST_CASE("Direct writes of a command are not faster than a limit of IOPS", "[group][limits][bite]") {
  NEEDS_GROUPS();
  const Disk disk;
  if (!disk.usable) return;
  constexpr int per_second =
      5;  // few: the kernel's ticks and a busy machine let each one wait for some ms more
  const Writes writes{.count = 25, .bytes = 4096};
  check_rate(disk, {.dev = to_string(disk.number), .write_iops = per_second}, writes, Unit::operations,
             per_second);
}
