#include "net/ticker.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/timer.hpp"
#include "net/loop.hpp"

namespace agent::net {

// Shared with the pending handler, which may be under way when the Ticker ends.
struct Ticker::State : std::enable_shared_from_this<State> {
  State(Loop& loop, std::chrono::nanoseconds the_interval, std::function<void()> the_action, Kind the_kind)
      : timer(loop.io()), interval(the_interval), action(std::move(the_action)), kind(the_kind) {}

  void arm() {
    due = std::max(due + interval, Clock::now());
    kind == Kind::work ? timer.expires_at(due) : set_quietly();
    timer.async_wait([self = shared_from_this(), armed = starts](const asio::error_code& error) {
      if (error || !self->still(armed)) return;
      self->action();
      if (self->still(armed)) self->arm();
    });
  }

  void set_quietly() { timer.QuietTimer::expires_at(due); }

  // A handler that was ready when stop() came runs all the same.
  bool still(std::uint64_t armed) const { return ticks && armed == starts; }

  Timer timer;
  const std::chrono::nanoseconds interval;
  const std::function<void()> action;
  const Kind kind;
  Clock::time_point due;
  std::uint64_t starts = 0;
  bool ticks = false;
};

Ticker::Ticker(Loop& loop, std::chrono::nanoseconds interval, std::function<void()> action, Kind kind)
    : state_(std::make_shared<State>(loop, interval, std::move(action), kind)) {}

Ticker::~Ticker() { stop(); }

void Ticker::start() { start(state_->interval); }

void Ticker::start(std::chrono::nanoseconds first) {
  if (std::exchange(state_->ticks, true)) return;
  ++state_->starts;
  state_->due = Clock::now() + first - state_->interval;
  state_->arm();
}

void Ticker::stop() {
  if (std::exchange(state_->ticks, false)) state_->timer.cancel();
}

}  // namespace agent::net
