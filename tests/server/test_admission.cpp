#include <catch2/catch.hpp>
#include <chrono>

#include "hub/admission.hpp"

using namespace server;
using namespace std::chrono_literals;
using agent::net::Clock;

namespace {

const Clock::time_point kStart = Clock::time_point(1000s);
const Clock::time_point kQuiet = kStart - 1s;  // long enough for a whole burst

int admitted(TokenBucket& bucket, Clock::time_point now, int attempts) {
  int count = 0;
  for (int i = 0; i < attempts; ++i) count += bucket.take(now) ? 0 : 1;
  return count;
}

}  // namespace

TEST_CASE("A burst of one second's worth of connects is admitted at once", "[server]") {
  TokenBucket bucket(100, kQuiet);
  CHECK(admitted(bucket, kStart, 150) == 100);
}

TEST_CASE("A server that has just started admits at the rate, without a burst to speak of", "[server]") {
  TokenBucket bucket(100, kStart);
  CHECK(admitted(bucket, kStart, 150) == 10);
  CHECK(admitted(bucket, kStart + 100ms, 150) == 10);
  CHECK(admitted(bucket, kStart + 1100ms, 150) == 100);
  TokenBucket slow(1, kStart);
  CHECK(admitted(slow, kStart, 10) == 1);
}

TEST_CASE("Connects are admitted at the rate once the burst is used up", "[server]") {
  TokenBucket bucket(100, kQuiet);
  admitted(bucket, kStart, 100);
  CHECK(admitted(bucket, kStart + 10ms, 10) == 1);
  CHECK(admitted(bucket, kStart + 260ms, 100) == 25);
  CHECK(admitted(bucket, kStart + 1h, 1000) == 100);
}

TEST_CASE("Refused agents are told different times, at which there is room for them", "[server]") {
  TokenBucket bucket(100, kQuiet);
  admitted(bucket, kStart, 100);
  CHECK(bucket.take(kStart) == 1s);
  for (int i = 1; i < 1000; ++i) bucket.take(kStart);
  CHECK(bucket.take(kStart) == 11s);  // the 1001st in a queue that drains by 100 a second
  CHECK(!bucket.take(kStart + 5s));   // admitted; those who came back took no more than the rate
  admitted(bucket, kStart + 5s, 99);
  CHECK(bucket.take(kStart + 5s) == 6s);  // half of the queue is left
}

TEST_CASE("No refused agent is told to wait for more than a minute", "[server]") {
  TokenBucket bucket(1, kQuiet);
  for (int i = 0; i < 100'000; ++i) bucket.take(kStart);
  CHECK(bucket.take(kStart) == kRetryAfterMax);
  CHECK(!bucket.take(kStart + kRetryAfterMax));
}

TEST_CASE("Loops that read the clock in another order than they ask are harmless", "[server]") {
  TokenBucket bucket(10, kQuiet);
  CHECK(admitted(bucket, kStart + 1s, 10) == 10);
  CHECK(bucket.take(kStart) == 1s);
  CHECK(admitted(bucket, kStart + 1100ms, 5) == 1);
}

TEST_CASE("Twenty clones of one id log one line a minute, which counts the others", "[server]") {
  RefusalLog log;
  std::size_t lines = 0;
  std::uint64_t counted = 0;
  std::uint64_t refusals = 0;
  for (auto now = kStart; now < kStart + 10min; now += 125ms) {  // each comes again after 2.5 s
    const auto line = log.note("site", "twin", now).of_id;
    ++refusals;
    if (!line) continue;
    ++lines;
    counted += 1 + *line;
  }
  CHECK(lines == 10);
  CHECK(refusals - counted < 480);  // but for those of the last minute
}

TEST_CASE("Refusals of different ids are logged apart", "[server]") {
  RefusalLog log;
  CHECK(log.note("", "a", kStart).of_id == 0);
  CHECK(log.note("", "b", kStart + 1s).of_id == 0);
  CHECK(!log.note("", "a", kStart + 59s).of_id);
  CHECK(log.note("", "a", kStart + 60s).of_id == 1);
}

TEST_CASE("Whoever tries ids without end has a hundred lines a minute and one that counts", "[server]") {
  RefusalLog log;
  std::size_t lines = 0;
  std::uint64_t counted = 0;
  constexpr int kTries = 60'000;
  for (int i = 0; i < kTries; ++i) {
    const auto now = kStart + std::chrono::milliseconds(i * 10);  // ten minutes
    const RefusalLog::Lines said = log.note("thief", "id-" + std::to_string(i), now);
    lines += said.of_id ? 1 : 0;
    lines += said.of_others > 0 ? 1 : 0;
    counted += said.of_others + (said.of_id ? 1 : 0);
  }
  CHECK(lines <= 10 * (kRefusalIds + 1) + 1);
  CHECK(counted > kTries - 6000);                               // but for those of the last minute
  CHECK(log.note("other", "id-1", kStart + 10min).of_id == 0);  // and hides nobody else
}
