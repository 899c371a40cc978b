#include "net/busy_watch.hpp"

#include <utility>

namespace agent::net {

BusyWatch::BusyWatch(asio::io_context& io, Clock::duration limit, Report report)
    : timer_(io), limit_(limit), report_(std::move(report)) {}

void BusyWatch::begin(std::string_view what, std::string_view who) {
  const Clock::time_point now = Clock::now();
  if (is_armed_) {
    look(now);
  } else {
    arm(now);
  }
  note(what, who);
  begun_ = now;
  has_worked_ = true;
}

// For each message and request: without a look at what is there already.
void BusyWatch::note(std::string_view what, std::string_view who) {
  work_.resize(what.size() + 1 + who.size());
  what.copy(work_.data(), what.size());
  work_[what.size()] = ' ';
  who.copy(work_.data() + what.size() + 1, who.size());
}

void BusyWatch::look(Clock::time_point now) {
  if (now - begun_ >= limit_) report_(work_, now - begun_);
}

void BusyWatch::arm(Clock::time_point now) {
  is_armed_ = true;
  timer_.expires_at(now + limit_ / 2);
  timer_.async_wait([this](const asio::error_code& ended) {
    if (ended) return;
    const Clock::time_point time = Clock::now();
    look(time);
    work_ = "other work";
    begun_ = time;
    is_armed_ = std::exchange(has_worked_, false);
    if (is_armed_) arm(time);
  });
}

}  // namespace agent::net
