#include "core/periodic.hpp"

#include <algorithm>

#include "base/timer.hpp"

namespace agent::core {

// Shared with the pending handler, which may be under way when the Periodic ends.
struct Periodic::State : std::enable_shared_from_this<State> {
  State(net::Loop& loop, std::chrono::nanoseconds the_interval, std::function<void()> the_action)
      : timer(loop.io()), interval(the_interval), action(std::move(the_action)), due(net::Clock::now()) {}

  void arm() {
    due = std::max(due + interval, net::Clock::now());
    timer.expires_at(due);
    timer.async_wait([self = shared_from_this()](const asio::error_code& error) {
      if (error || self->ended) return;
      self->action();
      if (!self->ended) self->arm();
    });
  }

  Timer timer;
  std::chrono::nanoseconds interval;
  std::function<void()> action;
  net::Clock::time_point due;
  bool ended = false;
};

Periodic::Periodic(net::Loop& loop, std::chrono::nanoseconds interval, std::function<void()> action)
    : state_(std::make_shared<State>(loop, interval, std::move(action))) {
  state_->arm();
}

Periodic::~Periodic() {
  state_->ended = true;
  state_->timer.cancel();
}

}  // namespace agent::core
