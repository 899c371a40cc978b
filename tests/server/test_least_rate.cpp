#include <catch2/catch.hpp>

#include "http/least_rate.hpp"

using server::LeastRate;
using namespace std::chrono_literals;

namespace {

constexpr LeastRate::Clock::time_point kBegin{};

}  // namespace

TEST_CASE("A body must bring its rate in each minute of waiting", "[server]") {
  LeastRate rate(1024, 60s);
  rate.wait(kBegin);
  CHECK_FALSE(rate.is_missed(kBegin + 59s));
  CHECK(rate.is_missed(kBegin + 60s));

  rate.take(60 * 1024, kBegin + 30s);  // enough for this minute
  rate.wait(kBegin + 30s);
  CHECK_FALSE(rate.is_missed(kBegin + 61s));
  rate.take(1, kBegin + 61s);  // the next one begins
  rate.wait(kBegin + 61s);
  CHECK_FALSE(rate.is_missed(kBegin + 120s));
  CHECK(rate.is_missed(kBegin + 121s));
}

TEST_CASE("Single bytes are too slow however short their pauses are", "[server]") {
  LeastRate rate(1024, 60s);
  auto now = kBegin;
  for (int i = 0; i < 60; ++i) {
    rate.wait(now);
    CHECK_FALSE(rate.is_missed(now));
    now += 1s;
    rate.take(1, now);
  }
  rate.wait(now);
  CHECK(rate.is_missed(now));
}

TEST_CASE("Time in which nobody reads is not the client's", "[server]") {
  LeastRate rate(1024, 60s);
  rate.wait(kBegin);
  rate.take(10, kBegin + 1s);
  rate.wait(kBegin + 1h);  // the handler was busy
  CHECK_FALSE(rate.is_missed(kBegin + 1h + 58s));
  CHECK(rate.is_missed(kBegin + 1h + 59s));
}

TEST_CASE("A rate of 0 is always met", "[server]") {
  LeastRate rate(0, 60s);
  rate.wait(kBegin);
  CHECK_FALSE(rate.is_missed(kBegin + 1h));
}
