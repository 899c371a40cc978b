#include "net/ticker.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <cstdint>
#include <utility>

#include "net/loop.hpp"

namespace agent::net {
namespace {

// A test's clock that is moved by a day must not tick through all of it.
using RealClock = std::chrono::steady_clock;

}  // namespace

// Shared with the pending handler, which may be under way when the Ticker ends.
struct Ticker::State : std::enable_shared_from_this<State> {
  State(Loop& loop, std::chrono::nanoseconds the_interval, std::function<void()> the_action)
      : timer(loop.io()), interval(the_interval), action(std::move(the_action)) {}

  void arm() {
    due = std::max(due + interval, RealClock::now());
    timer.expires_at(due);
    timer.async_wait([self = shared_from_this(), armed = starts](const asio::error_code& error) {
      if (error || !self->still(armed)) return;
      self->action();
      if (self->still(armed)) self->arm();
    });
  }

  // A handler that was ready when stop() came runs all the same.
  bool still(std::uint64_t armed) const { return ticks && armed == starts; }

  asio::steady_timer timer;
  const std::chrono::nanoseconds interval;
  const std::function<void()> action;
  RealClock::time_point due;
  std::uint64_t starts = 0;
  bool ticks = false;
};

Ticker::Ticker(Loop& loop, std::chrono::nanoseconds interval, std::function<void()> action)
    : state_(std::make_shared<State>(loop, interval, std::move(action))) {}

Ticker::~Ticker() { stop(); }

void Ticker::start() {
  if (std::exchange(state_->ticks, true)) return;
  ++state_->starts;
  state_->due = RealClock::now();
  state_->arm();
}

void Ticker::stop() {
  if (std::exchange(state_->ticks, false)) state_->timer.cancel();
}

}  // namespace agent::net
