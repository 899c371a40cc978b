// The share of CPU of a process, and the pace of a sample.
#include <catch2/catch.hpp>
#include <chrono>

#include "examples/metrics-agent/process/process_shares.hpp"
#include "examples/metrics-agent/process/sample_pace.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::steady_clock::time_point kStart{};

ProcessLook look_at(int pid, std::uint64_t cpu_ticks, std::chrono::milliseconds since_start,
                    std::uint64_t start_ticks = 7) {
  return {.pid = pid,
          .start_ticks = start_ticks,
          .cpu_ticks = cpu_ticks,
          .age_seconds = 100 + std::chrono::duration<double>(since_start).count(),
          .time = kStart + since_start};
}

// A round with one process.
ProcessShare round(ProcessShares& shares, const ProcessLook& look) {
  shares.begin();
  const ProcessShare share = shares.look(look);
  shares.finish();
  return share;
}

}  // namespace

TEST_CASE("The first share of a process is over its life and says so", "[examples]") {
  ProcessShares shares(100);
  const ProcessShare first = round(shares, look_at(1, 5000, 0ms));
  CHECK(first.percent == Approx(50));
  CHECK(first.whole_life);
}

TEST_CASE("Later shares are over the time since the sample before", "[examples]") {
  ProcessShares shares(100);
  round(shares, look_at(1, 5000, 0ms));
  ProcessShare share = round(shares, look_at(1, 5000, 60s));
  CHECK(share.percent == 0);  // over its life it would be 31 %
  CHECK_FALSE(share.whole_life);
  share = round(shares, look_at(1, 5000 + 12000, 120s));  // two threads
  CHECK(share.percent == Approx(200));
}

TEST_CASE("Each consumer has intervals of its own", "[examples]") {
  ProcessShares report(100);
  ProcessShares request(100);
  round(report, look_at(1, 0, 0ms));
  round(request, look_at(1, 0, 0ms));
  CHECK(round(request, look_at(1, 1000, 10s)).percent == Approx(100));
  CHECK(round(request, look_at(1, 1000, 50s)).percent == Approx(0));
  CHECK(round(report, look_at(1, 1000, 60s)).percent == Approx(1000.0 / 60));
}

TEST_CASE("A sample right after another one does not measure a single tick", "[examples]") {
  ProcessShares shares(100);
  round(shares, look_at(1, 0, 0ms));
  CHECK(round(shares, look_at(1, 50, 1ms)).whole_life);
  CHECK(round(shares, look_at(1, 100, 10s)).percent == Approx(10));
  // One tick in a millisecond would be 1000 %.
  CHECK(round(shares, look_at(1, 101, 10'001ms)).percent == Approx(10).epsilon(0.02));
  CHECK(round(shares, look_at(1, 101, 10'002ms)).percent == Approx(10).epsilon(0.02));
  CHECK(round(shares, look_at(1, 200, 20s)).percent == Approx(10));
}

TEST_CASE("A process with the number of an earlier one begins anew", "[examples]") {
  ProcessShares shares(100);
  round(shares, look_at(1, 9000, 0ms));
  const ProcessShare share = round(shares, look_at(1, 10, 60s, 8));
  CHECK(share.whole_life);
  CHECK(share.percent == Approx(100 * 0.1 / 160));
}

TEST_CASE("A process that was not there in between is forgotten", "[examples]") {
  ProcessShares shares(100);
  round(shares, look_at(1, 0, 0ms));
  round(shares, look_at(2, 0, 60s));
  CHECK(round(shares, look_at(1, 0, 120s)).whole_life);
}

TEST_CASE("A round that is not finished changes nothing", "[examples]") {
  ProcessShares shares(100);
  round(shares, look_at(1, 0, 0ms));
  shares.begin();
  shares.look(look_at(1, 500, 5s));
  CHECK(round(shares, look_at(1, 1000, 10s)).percent == Approx(100));
}

TEST_CASE("CPU time and clocks that go back give 0", "[examples]") {
  ProcessShares shares(100);
  round(shares, look_at(1, 1000, 60s));
  CHECK(round(shares, look_at(1, 900, 120s)).percent == 0);
  ProcessLook young = look_at(2, 5, 120s);
  young.age_seconds = -3;
  CHECK(round(shares, young).percent == 0);
  CHECK(ProcessShares(0).look(look_at(1, 5, 0ms)).percent == 0);
}

TEST_CASE("A sample without a limit goes on at once, in slices", "[examples]") {
  const SamplePace pace(0, 200);
  CHECK(pace.slice(2) == 1000);
  CHECK(pace.pause(2000) == 0ns);
}

TEST_CASE("A limit makes slices of a second each", "[examples]") {
  const SamplePace pace(200, 500);
  CHECK(pace.slice(2) == 100);
  CHECK(pace.pause(200) == 1s);
  CHECK(pace.pause(1) == 5ms);
  CHECK(SamplePace(-1, 500).slice(1) == 500);
  CHECK(SamplePace(-9, 500).pause(500) == 1s);
  CHECK(SamplePace(1, 500).slice(2) == 1);
  CHECK(SamplePace(1, 500).pause(2) == 2s);
  CHECK(SamplePace(1'000'000'000, 500).slice(2) == 1000);
}
