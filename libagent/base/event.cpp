#include "base/event.hpp"

#include <algorithm>
#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "agent/error.hpp"

namespace agent {
namespace {

// A longer one could overflow a clock of nanoseconds.
constexpr std::chrono::nanoseconds kLongestPause = std::chrono::hours(24 * 365 * 30);

}  // namespace

// A place among those who wait, in the frame of the coroutine that does. It is left when the wait ends
// whatever the reason, and does not know the Event after that: either of the two may end first.
class Event::Place {
 public:
  Place(Event& event, Timer& timer) : event_(&event), timer_(timer), before_(event.last_) {
    (before_ != nullptr ? before_->behind_ : event.first_) = this;
    event.last_ = this;
    ++event.waiting_;
  }
  ~Place() { leave(); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome outcome() const { return outcome_; }

  void end(Outcome outcome) {
    leave();
    outcome_ = outcome;
    timer_.cancel();
  }

 private:
  void leave() {
    if (event_ == nullptr) return;
    (before_ != nullptr ? before_->behind_ : event_->first_) = behind_;
    (behind_ != nullptr ? behind_->before_ : event_->last_) = before_;
    --event_->waiting_;
    event_ = nullptr;
  }

  Event* event_;
  Timer& timer_;
  Place* before_;
  Place* behind_ = nullptr;
  Outcome outcome_ = Outcome::none;
};

Event::~Event() {
  while (first_ != nullptr) first_->end(Outcome::ended);
}

Task<bool> Event::wait(Clock::time_point deadline) {
  auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, deadline);
  Place place(*this, timer);
  asio::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await timer.async_wait(token);
  if (place.outcome() == Outcome::woken) co_return true;
  if (place.outcome() == Outcome::ended) throw Error(Errc::cancelled, "what was waited for has ended");
  if (error) throw Error(Errc::cancelled, "cancelled");
  co_return false;
}

void Event::wake() {
  while (wake_one()) {
  }
}

bool Event::wake_one() {
  if (first_ == nullptr) return false;
  first_->end(Outcome::woken);
  return true;
}

Task<> pause(std::chrono::nanoseconds duration) {
  auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, Clock::now() + std::min(duration, kLongestPause));
  asio::error_code cancelled;
  auto token = asio::redirect_error(asio::use_awaitable, cancelled);
  co_await timer.async_wait(token);
  if (cancelled) throw Error(Errc::cancelled, "the pause was cancelled");
}

}  // namespace agent
