#include "net/loop.hpp"

#include <catch2/catch.hpp>
#include <chrono>

using namespace agent;
using namespace std::chrono_literals;
using net::Loop;
using Time = net::Clock::time_point;

namespace {

struct Watched final : net::Expiring {
  explicit Watched(Loop& the_loop, Time at) : loop(the_loop) {
    deadline = at;
    loop.watch(*this);
  }
  ~Watched() { loop.remove(*this); }
  void expire() override {
    ++expired;
    if (repeats) deadline = net::Clock::now();
  }
  void set(Time at) {
    deadline = at;
    loop.note(at);
  }

  Loop& loop;
  int expired = 0;
  bool repeats = false;
};

}  // namespace

TEST_CASE("A loop wakes for the earliest deadline and not before", "[net][loop]") {
  Loop loop;
  const Time now = net::Clock::now();
  CHECK(loop.next_look() == Time::max());
  Watched idle(loop, Time::max());
  CHECK(loop.next_look() == Time::max());
  {
    Watched late(loop, now + 25s);
    CHECK(loop.next_look() == now + 25s);
    Watched early(loop, now + 10s);
    CHECK(loop.next_look() == now + 10s);
    early.set(now + 60s);  // the look finds that there is nothing to do, and goes on from there
    CHECK(loop.next_look() == now + 10s);
    late.set(now + 5s);
    CHECK(loop.next_look() == now + 5s);
  }
  idle.set(now + 3s);
  CHECK(loop.next_look() == now + 3s);
}

TEST_CASE("A loop that watches nothing has nothing to wait for", "[net][loop]") {
  Loop loop;
  { Watched gone(loop, net::Clock::now() + 25s); }
  CHECK(loop.next_look() == Time::max());
  loop.io().run();  // returns, since nothing is left
  CHECK(loop.io().stopped());
}

TEST_CASE("Deadlines are looked at once a tick, however often they are set anew", "[net][loop]") {
  Loop loop;
  Watched object(loop, net::Clock::now());
  object.repeats = true;
  loop.io().run_one();
  CHECK(object.expired == 1);
  const Time look = loop.next_look();
  CHECK(look > net::Clock::now());
  object.set(net::Clock::now());
  CHECK(loop.next_look() == look);
  CHECK(loop.io().poll_one() == 0);
}
