// Stored: a coroutine's wait for a RecordStore.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "agent/task.hpp"
#include "base/event.hpp"
#include "net/loop.hpp"
#include "store/record_store.hpp"

namespace server {

// Belongs to the loop; the store must have ended before the loop is destroyed.
class Stored : public std::enable_shared_from_this<Stored> {
 public:
  explicit Stored(agent::net::Loop& loop) : loop_(loop) {}

  // For save() and remove().
  RecordStore::Done done() {
    return [self = shared_from_this()](bool ok) {
      self->loop_.post([self, ok] {
        self->ok_ = ok;
        self->changed_.wake();
      });
    };
  }

  // Whether it was written; false also when that took longer than `limit`.
  static agent::Task<bool> result(std::shared_ptr<Stored> self, std::chrono::milliseconds limit) {
    const auto deadline = agent::net::Clock::now() + limit;
    bool in_time = true;
    while (in_time && !self->ok_) in_time = co_await self->changed_.wait(deadline);
    co_return self->ok_.value_or(false);
  }

 private:
  agent::net::Loop& loop_;
  agent::Event changed_;
  std::optional<bool> ok_;
};

}  // namespace server
