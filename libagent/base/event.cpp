#include "base/event.hpp"

#include <asio/redirect_error.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <iterator>

#include "agent/error.hpp"

namespace agent {

// A place among those who wait, left when the wait ends whatever the reason.
class Event::Place {
 public:
  Place(Waiters& waiters, Timer& timer) : waiters_(waiters) {
    waiters_.push_back({&timer, &outcome_});
    position_ = std::prev(waiters_.end());
  }
  ~Place() {
    if (outcome_ == Outcome::none) waiters_.erase(position_);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Outcome outcome() const { return outcome_; }

 private:
  Waiters& waiters_;
  Outcome outcome_ = Outcome::none;
  Waiters::iterator position_;
};

Event::~Event() {
  while (!waiters_->empty()) end_first(Outcome::ended);
}

Task<bool> Event::wait_in(std::shared_ptr<Waiters> waiters, Clock::time_point deadline) {
  auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, deadline);
  Place place(*waiters, timer);
  asio::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await timer.async_wait(token);
  if (place.outcome() == Outcome::woken) co_return true;
  if (place.outcome() == Outcome::ended) throw Error(Errc::cancelled, "what was waited for has ended");
  if (error) throw Error(Errc::cancelled, "cancelled");
  co_return false;
}

void Event::wake() {
  for (std::size_t count = waiters_->size(); count > 0; --count) end_first(Outcome::woken);
}

bool Event::wake_one() {
  if (waiters_->empty()) return false;
  end_first(Outcome::woken);
  return true;
}

void Event::end_first(Outcome outcome) {
  Waiter first = waiters_->front();
  waiters_->pop_front();
  *first.outcome = outcome;
  first.timer->cancel();
}

}  // namespace agent
