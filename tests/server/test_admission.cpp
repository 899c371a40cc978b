#include <catch2/catch.hpp>
#include <chrono>

#include "hub/admission.hpp"
#include "hub/keep_alive.hpp"

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

TEST_CASE("A claimed id goes to the same process at once, and else to whoever answers", "[server]") {
  using Sign = Incumbent::Sign;
  CHECK(claim_id({.instance = "p1"}, "p1") == Claim::take_over);
  CHECK(claim_id({.instance = "p1", .sign = Sign::alive}, "p1") == Claim::take_over);
  CHECK(claim_id({.instance = "p1"}, "p2") == Claim::probe);
  CHECK(claim_id({.instance = "p1", .sign = Sign::alive}, "p2") == Claim::refuse);
  CHECK(claim_id({.instance = "p1", .sign = Sign::silent}, "p2") == Claim::take_over);
}

TEST_CASE("Whoever comes with another token is no process that comes back, whatever it says", "[server]") {
  using Sign = Incumbent::Sign;
  CHECK(claim_id({.instance = "p1", .has_other_token = true}, "p1") == Claim::probe);
  CHECK(claim_id({.instance = "p1", .has_other_token = true, .sign = Sign::alive}, "p1") == Claim::refuse);
}

TEST_CASE("Originals, which send no instance, are told apart by a sign of life only", "[server]") {
  CHECK(claim_id({.instance = ""}, "") == Claim::probe);
  CHECK(claim_id({.instance = "", .sign = Incumbent::Sign::alive}, "") == Claim::refuse);
}

TEST_CASE("A silent agent is pinged once per interval and closed after two and a half", "[server]") {
  const KeepAliveTimes times;
  auto decide = [&](Clock::duration silent, Clock::duration since_ping) {
    const Clock::time_point now = kStart + 1h;
    return keep_alive(now, now - silent, now - since_ping, times);
  };
  CHECK(decide(9s, 1h) == KeepAlive::wait);
  CHECK(decide(10s, 1h) == KeepAlive::ping);
  CHECK(decide(15s, 5s) == KeepAlive::wait);
  CHECK(decide(20s, 10s) == KeepAlive::ping);
  CHECK(decide(25s, 5s) == KeepAlive::close);
}
