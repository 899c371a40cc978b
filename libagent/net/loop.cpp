#include "net/loop.hpp"

#include <asio/executor_work_guard.hpp>
#include <vector>

namespace agent::net {

Loop::Loop() : buffer_(new char[kReadBufferSize]) {}

void Loop::run() {
  auto guard = asio::make_work_guard(io_);
  io_.run();
}

void Loop::watch(Expiring& object) {
  watched_.insert(&object);
  ticker_.start();
}

void Loop::tick() {
  expire_overdue();
  if (watched_.empty()) ticker_.stop();
}

void Loop::expire_overdue() {
  Clock::time_point now = Clock::now();
  std::vector<Expiring*> overdue;
  for (Expiring* object : watched_) {
    if (object->deadline <= now) overdue.push_back(object);
  }
  for (Expiring* object : overdue) {
    if (!watched_.contains(object)) continue;  // gone through another one's end
    object->deadline = Clock::time_point::max();
    object->expire();
  }
}

}  // namespace agent::net
