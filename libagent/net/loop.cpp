#include "net/loop.hpp"

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <vector>

namespace agent::net {

Loop::Loop() : buffer_(new char[kReadBufferSize]) {}
Loop::~Loop() = default;

void Loop::watch_busy(Clock::duration limit, BusyWatch::Report report) {
  busy_ = std::make_unique<BusyWatch>(io_, limit, std::move(report));
}

void Loop::run() {
  auto guard = asio::make_work_guard(io_);
  io_.run();
}

void Loop::watch(Expiring& object) {
  watched_.insert(&object);
  note(object.deadline);
}

void Loop::remove(Expiring& object) {
  watched_.erase(&object);
  if (!watched_.empty() || next_look_ == Clock::time_point::max()) return;
  next_look_ = Clock::time_point::max();
  timer_.cancel();
}

void Loop::note(Clock::time_point deadline) {
  if (deadline < next_look_) look_at(deadline);
}

// Not before a tick has passed since the last one.
void Loop::look_at(Clock::time_point time) {
  const Clock::time_point due = std::max(time, last_look_ + kTick);
  if (due >= next_look_) return;
  next_look_ = due;
  timer_.expires_at(due);
  timer_.async_wait([this](const asio::error_code& replaced) {
    if (!replaced) look();
  });
}

void Loop::look() {
  last_look_ = Clock::now();
  next_look_ = Clock::time_point::max();
  note(expire_overdue(last_look_));
}

// The earliest deadline of what is left.
Clock::time_point Loop::expire_overdue(Clock::time_point now) {
  std::vector<Expiring*> overdue;
  Clock::time_point earliest = Clock::time_point::max();
  for (Expiring* object : watched_) {
    if (object->deadline <= now) {
      overdue.push_back(object);
    } else {
      earliest = std::min(earliest, object->deadline);
    }
  }
  for (Expiring* object : overdue) {
    if (!watched_.contains(object)) continue;  // gone through another one's end
    object->deadline = Clock::time_point::max();
    object->expire();
    if (watched_.contains(object)) earliest = std::min(earliest, object->deadline);
  }
  return earliest;
}

}  // namespace agent::net
