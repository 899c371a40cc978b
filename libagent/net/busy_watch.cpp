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
  work_.assign(what).append(" ").append(who);
  begun_ = now;
  has_worked_ = true;
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
