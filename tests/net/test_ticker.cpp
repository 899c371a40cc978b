#include "net/ticker.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "net/loop.hpp"
#include "tests/support/on_loop.hpp"

using namespace agent;
using namespace std::chrono_literals;

namespace {

// Runs the loop until it has nothing to do any more, or is stopped.
void run(net::Loop& loop) {
  loop.io().run_for(test::kLimit);
  loop.io().restart();
}

// Holds up the loop.
void spin_until(net::Clock::time_point time) {
  while (net::Clock::now() < time) {
  }
}

}  // namespace

TEST_CASE("A Ticker calls again and again until it is stopped", "[net][ticker]") {
  net::Loop loop;
  int calls = 0;
  std::optional<net::Ticker> ticker;
  ticker.emplace(loop, 1ms, [&] {
    if (++calls == 3) ticker->stop();
  });
  run(loop);
  CHECK(calls == 0);  // it was not started
  ticker->start();
  CHECK(calls == 0);  // nothing at once
  run(loop);
  CHECK(calls == 3);
  ticker->start();
  calls = 2;
  run(loop);
  CHECK(calls == 3);
}

TEST_CASE("A Ticker that is started twice ticks once", "[net][ticker]") {
  net::Loop loop;
  int calls = 0;
  const auto begin = net::Clock::now();
  net::Ticker ticker(loop, 10ms, [&] {
    if (++calls == 10) loop.stop();
  });
  ticker.start();
  ticker.start();
  run(loop);
  CHECK(net::Clock::now() - begin >= 100ms);  // 50 ms if it ticked twice
}

TEST_CASE("A Ticker may end in its own call, and calls no more", "[net][ticker]") {
  net::Loop loop;
  int calls = 0;
  std::unique_ptr<net::Ticker> ticker;
  ticker = std::make_unique<net::Ticker>(loop, 1ms, [&] {
    ++calls;
    ticker.reset();
  });
  ticker->start();
  run(loop);
  CHECK(calls == 1);
}

TEST_CASE("A call that is due when the Ticker is stopped does not come", "[net][ticker]") {
  const bool starts_again = GENERATE(false, true);
  net::Loop loop;
  int calls = 0;
  std::optional<net::Ticker> late;
  std::optional<net::Ticker> early;
  late.emplace(loop, 50ms, [&calls] { ++calls; });
  early.emplace(loop, 1ms, [&] {  // both are due, this one is called first
    early->stop();
    late->stop();
    if (starts_again) late->start();
    loop.post([&] { late->stop(); });
  });
  early->start();
  late->start();
  spin_until(net::Clock::now() + 60ms);
  run(loop);
  CHECK(calls == 0);
}

TEST_CASE("A loop that was held up does not catch up on missed calls", "[net][ticker]") {
  net::Loop loop;
  int calls = 0;
  net::Ticker ticker(loop, 5ms, [&calls] { ++calls; });
  ticker.start();
  spin_until(net::Clock::now() + 200ms);
  loop.io().poll();
  CHECK(calls > 0);
  CHECK(calls < 20);  // 40 with those that were missed
}
