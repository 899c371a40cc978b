#include "examples/metrics-agent/host/cpu_times.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace host;

namespace {

double sum_of(const CpuShares& shares) {
  return shares.user + shares.nice + shares.system + shares.idle + shares.iowait + shares.irq +
         shares.softirq + shares.steal;
}

void check_bounds(const CpuShares& shares) {
  for (const double share : {shares.user, shares.nice, shares.system, shares.idle, shares.iowait, shares.irq,
                             shares.softirq, shares.steal, shares.busy()}) {
    CHECK(share >= 0);
    CHECK(share <= 100.0001);
  }
  CHECK(sum_of(shares) == Approx(100));
}

}  // namespace

TEST_CASE("The share of the CPUs is that of the interval, without idle, iowait and guests twice",
          "[metrics][cpu]") {
  const auto before = parse_cpu_stat("cpu  1000 0 500 8000 500 0 0 0 900 0\ncpu0 1 0 0 0\ncpu1 1 0 0 0\n");
  const auto now =
      parse_cpu_stat("cpu  1100 0 600 8700 600 0 0 0 1000 0\ncpu0 1 0 0 0\ncpu1 1 0 0 0\nbtime 1700000000\n");
  REQUIRE(before);
  REQUIRE(now);
  CHECK(now->cpus == 2);
  CHECK(now->boot_time == 1700000000);
  const CpuShares shares = shares_between(before->times, now->times, 1000);
  CHECK(shares.user == Approx(10));
  CHECK(shares.system == Approx(10));
  CHECK(shares.iowait == Approx(10));
  CHECK(shares.idle == Approx(70));
  CHECK(shares.busy() == Approx(20));
  check_bounds(shares);
}

TEST_CASE("Kernels with fewer columns and with more are read", "[metrics][cpu]") {
  REQUIRE(parse_cpu_stat("cpu 1 2 3 4\n"));
  CHECK(parse_cpu_stat("cpu 1 2 3 4\n")->times.idle == 4);
  CHECK(parse_cpu_stat("cpu 1 2 3 4\n")->times.steal == 0);
  CHECK(parse_cpu_stat("cpu  1 2 3 4 5 6 7 8 9 10 11 12\n")->times.steal == 8);
}

TEST_CASE("A text without the times of all CPUs is none", "[metrics][cpu]") {
  for (const char* text : {"", "cpu", "cpu 1 2 3", "cpu0 1 2 3 4\n", "cpu a b c d\n", "\n\n\n", "cp"}) {
    INFO(text);
    CHECK_FALSE(parse_cpu_stat(text));
  }
  const std::string binary("cpu\0 1 2 3 4", 12);
  CHECK_FALSE(parse_cpu_stat(binary));
}

TEST_CASE("Idle time that runs backwards is what the others leave of the interval", "[metrics][cpu]") {
  // Two CPUs, 5 s: 1000 ticks, of which 100 were busy. One CPU went away and took its idle time along.
  const CpuTimes before{1000, 0, 500, 90000, 500, 0, 0, 0};
  const CpuTimes now{1080, 0, 520, 45000, 500, 0, 0, 0};
  const CpuShares shares = shares_between(before, now, 1000);
  CHECK(shares.busy() == Approx(10));
  check_bounds(shares);
}

TEST_CASE("iowait that runs backwards does not make the CPUs busier", "[metrics][cpu]") {
  const CpuTimes before{1000, 0, 500, 90000, 500, 0, 0, 0};
  const CpuTimes now{1050, 0, 550, 90890, 100, 0, 0, 0};
  const CpuShares shares = shares_between(before, now, 1000);
  CHECK(shares.iowait == 0);
  CHECK(shares.busy() == Approx(10));
  check_bounds(shares);
}

TEST_CASE("steal that runs backwards or leaps is not counted", "[metrics][cpu]") {
  const CpuTimes before{1000, 0, 500, 90000, 500, 0, 0, 700};
  CpuTimes now{1050, 0, 550, 90900, 500, 0, 0, 3};
  check_bounds(shares_between(before, now, 1000));
  CHECK(shares_between(before, now, 1000).busy() == Approx(10));
  now.steal = 1844674407370955ULL;
  check_bounds(shares_between(before, now, 1000));
  CHECK(shares_between(before, now, 1000).busy() == Approx(10));
}

TEST_CASE("Every share stays within bounds whatever the counters do", "[metrics][cpu]") {
  const std::uint64_t values[] = {0, 1, 99, 100000, ~std::uint64_t{0}};
  for (const std::uint64_t a : values)
    for (const std::uint64_t b : values)
      for (const std::uint64_t c : values)
        for (const double expected : {0.0, 10.0, 1000.0}) {
          check_bounds(shares_between({a, b, c, a, b, c, a, b}, {b, c, a, c, a, b, c, a}, expected));
        }
}

TEST_CASE("Counters that stand still are an idle machine", "[metrics][cpu]") {
  const CpuTimes times{1000, 0, 500, 90000, 500, 0, 0, 700};
  CHECK(shares_between(times, times, 0).busy() == 0);
  CHECK(shares_between(times, times, 1000).idle == 100);
}
