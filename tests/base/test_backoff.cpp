#include "base/backoff.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using namespace std::chrono_literals;

namespace {
constexpr double kAlmostOne = 0.9999;
}

TEST_CASE("Waits grow from at most 1 s to between 2 and 6 s", "[base]") {
  Backoff longest([] { return kAlmostOne; });
  CHECK(longest.next() == 999ms);
  CHECK(longest.next() == 1999ms);
  CHECK(longest.next() == 3999ms);
  CHECK(longest.next() == 5999ms);
  CHECK(longest.next() == 5999ms);

  Backoff shortest([] { return 0.0; });
  CHECK(shortest.next() == 0ms);
  CHECK(shortest.next() == 0ms);
  CHECK(shortest.next() == 0ms);
  CHECK(shortest.next() == 2000ms);
  CHECK(shortest.next() == 2000ms);
}

TEST_CASE("After a session the waits begin anew", "[base]") {
  Backoff backoff([] { return 0.5; });
  for (int i = 0; i < 5; ++i) backoff.next();
  CHECK(backoff.attempts() == 5);
  backoff.reset();
  CHECK(backoff.attempts() == 0);
  CHECK(backoff.next() == 500ms);
}

TEST_CASE("A server's Retry-After is the least wait and gets jitter on top", "[base]") {
  Backoff backoff([] { return 0.5; });
  CHECK(backoff.next(30s) == 30'500ms);
  CHECK(backoff.next(30s) == 31'000ms);
  CHECK(backoff.next(30s) == 32'000ms);
  CHECK(backoff.next(30s) == 32'000ms);
  CHECK(backoff.next(0s) == 2'000ms);
}

TEST_CASE("A server cannot send an agent away for more than an hour", "[base]") {
  Backoff backoff([] { return 0.0; });
  CHECK(backoff.next(std::chrono::hours(1000)) == 1h);
  CHECK(backoff.next(-5s) == 0s);
}
