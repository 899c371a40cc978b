#include "base/manual_clock.hpp"

#include <catch2/catch.hpp>
#include <thread>

using namespace agent;
using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("A manual clock moves from one time that was noted to the next", "[base]") {
  ManualClock clock;
  const Clock::time_point start = clock.now();
  clock.note(start + seconds(5));
  clock.note(start + seconds(2));
  clock.note(start + seconds(5));
  clock.note(start - seconds(1));
  clock.note(Clock::time_point::max());
  for (const int next : {2, 5, 3600}) {
    CHECK(clock.step(start + hours(1)));
    CHECK(clock.now() == start + seconds(next));
  }
  CHECK_FALSE(clock.step(start + hours(1)));
  CHECK_FALSE(clock.step(start));
  CHECK(clock.now() == start + hours(1));
}

TEST_CASE("A manual clock stops at its limit and keeps what comes later", "[base]") {
  ManualClock clock;
  const Clock::time_point start = clock.now();
  clock.note(start + seconds(9));
  CHECK(clock.step(start + seconds(4)));
  CHECK(clock.now() == start + seconds(4));
  CHECK(clock.step(start + seconds(20)));
  CHECK(clock.now() == start + seconds(9));
}

TEST_CASE("agent::Clock is the manual clock where there is one, and the real one elsewhere", "[base]") {
  ManualClock clock;
  {
    const ManualClock::Scope scope(&clock);
    clock.step(clock.now() + hours(24));
    CHECK(Clock::now() == clock.now());
    bool is_real = false;
    std::thread other([&] { is_real = Clock::now() < clock.now(); });
    other.join();
    CHECK(is_real);
    auto look = [&] { is_real = Clock::now() < clock.now(); };
    std::thread worker(ManualClock::Busy().with_time(look));
    worker.join();
    CHECK_FALSE(is_real);
  }
  CHECK(Clock::now() < clock.now());
  CHECK(ManualClock::current() == nullptr);
}

TEST_CASE("A manual clock knows what is under way elsewhere", "[base]") {
  ManualClock clock;
  const ManualClock::Scope scope(&clock);
  CHECK_FALSE(clock.is_busy());
  {
    const ManualClock::Busy work;
    CHECK(clock.is_busy());
  }
  CHECK_FALSE(clock.is_busy());
}
