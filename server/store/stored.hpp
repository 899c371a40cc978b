// Stored: a coroutine's wait for a RecordStore.
#pragma once

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "agent/task.hpp"
#include "net/loop.hpp"
#include "store/record_store.hpp"

namespace server {

// Belongs to the loop; the store must have ended before the loop is destroyed.
class Stored : public std::enable_shared_from_this<Stored> {
 public:
  explicit Stored(agent::net::Loop& loop) : loop_(loop), timer_(loop.io()) {}

  // For save() and remove().
  RecordStore::Done done() {
    return [self = shared_from_this()](bool ok) {
      self->loop_.post([self, ok] {
        self->ok_ = ok;
        self->timer_.cancel();
      });
    };
  }

  // Whether it was written; false also when that took longer than `limit`.
  static agent::Task<bool> result(std::shared_ptr<Stored> self, std::chrono::milliseconds limit) {
    self->timer_.expires_after(limit);
    asio::error_code ended;
    auto token = asio::redirect_error(asio::use_awaitable, ended);
    if (!self->ok_) co_await self->timer_.async_wait(token);
    co_return self->ok_.value_or(false);
  }

 private:
  agent::net::Loop& loop_;
  asio::steady_timer timer_;
  std::optional<bool> ok_;
};

}  // namespace server
