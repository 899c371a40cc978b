#include <unistd.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <future>
#include <thread>
#include <vector>

#include "agent/processes.hpp"
#include "host/process_meter.hpp"

namespace agent::host {
namespace {

using namespace std::chrono_literals;

// A clock that stands still between two steps.
struct Time {
  ProcessMeter::Clock::time_point now{};
  ProcessMeter::Now clock() {
    return [this] { return now; };
  }
};

std::chrono::nanoseconds own_cpu_time() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

void burn(std::chrono::nanoseconds cpu) {
  auto end = own_cpu_time() + cpu;
  while (own_cpu_time() < end) {
  }
}

TEST_CASE("CPU percent is CPU time per wall time, and 100 is one core", "[host]") {
  CHECK(cpu_percent(0ns, 5s) == 0);
  CHECK(cpu_percent(50ms, 5s) == Approx(1));
  CHECK(cpu_percent(5s, 5s) == Approx(100));
  CHECK(cpu_percent(10s, 5s) == Approx(200));
}

TEST_CASE("CPU percent of no interval or of time that went back is 0", "[host]") {
  CHECK(cpu_percent(1s, 0ns) == 0);
  CHECK(cpu_percent(1s, -1ns) == 0);
  CHECK(cpu_percent(-1s, 1s) == 0);
}

TEST_CASE("Memory percent is the share of RAM", "[host]") {
  CHECK(memory_percent(512, 1024) == Approx(50));
  CHECK(memory_percent(5'000'000'000, 8'000'000'000) == Approx(62.5));
  CHECK(memory_percent(512, 0) == 0);
}

TEST_CASE("The first sample covers the time since the meter was made", "[host]") {
  burn(200ms);
  Time time;
  ProcessMeter meter(time.clock());
  burn(20ms);
  time.now += 100ms;
  double percent = meter.sample().cpu_percent;
  CHECK(percent >= 20);
  CHECK(percent < 200);
}

TEST_CASE("A sample covers the time since the sample before, not the process's life", "[host]") {
  Time time;
  ProcessMeter meter(time.clock());
  burn(200ms);
  time.now += 100ms;
  CHECK(meter.sample().cpu_percent >= 200);
  time.now += 100ms;
  CHECK(meter.sample().cpu_percent < 100);
}

TEST_CASE("Two samples at the same moment are no division by zero", "[host]") {
  Time time;
  ProcessMeter meter(time.clock());
  CHECK(meter.sample().cpu_percent == 0);
}

TEST_CASE("Resident memory grows with what the process touches", "[host]") {
  ProcessMeter meter;
  ProcessUsage before = meter.sample();
  constexpr std::size_t kSize = 64 * 1024 * 1024;
  std::vector<char> touched(kSize, 'x');
  ProcessUsage after = meter.sample();
  CHECK(after.resident_bytes >= before.resident_bytes + kSize / 2);
  CHECK(after.memory_percent > before.memory_percent);
  CHECK(after.memory_percent < 100);
  CHECK(touched.back() == 'x');
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // their allocators count nothing here
  CHECK(after.heap_bytes >= before.heap_bytes + kSize);
#endif
}

TEST_CASE("Threads are counted while they live", "[host]") {
  ProcessMeter meter;
  std::uint64_t before = meter.sample().threads;
  std::promise<void> end;
  std::thread other([done = end.get_future()] { done.wait(); });
  std::uint64_t during = meter.sample().threads;
  end.set_value();
  other.join();
  CHECK(before >= 1);
  CHECK(during == before + 1);
}

TEST_CASE("The start of the process is a moment ago", "[host]") {
  auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  std::int64_t started = ProcessMeter().sample().started;
  CHECK(started <= now + 1);  // the kernel rounds the time of its boot
  CHECK(started > now - 3600);
}

TEST_CASE("A command name with blanks and parentheses does not shift the fields of stat", "[host]") {
  auto stat = parse_process_stat(
      "4711 (a) b (c) d) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 27 18 987654 20 21 22\n");
  REQUIRE(stat.has_value());
  CHECK(stat->threads == 27);
  CHECK(stat->start_ticks == 987654);
}

TEST_CASE("A stat line that is cut or no stat line at all is no result", "[host]") {
  CHECK_FALSE(parse_process_stat("").has_value());
  CHECK_FALSE(parse_process_stat("4711 (sh").has_value());
  CHECK_FALSE(parse_process_stat("4711 (sh)").has_value());
  CHECK_FALSE(parse_process_stat("4711 (sh) S 1 2 3 4 5").has_value());
}

}  // namespace
}  // namespace agent::host
