// StoreReply: a coroutine's wait for what another thread does.
#pragma once

#include <asio/any_io_executor.hpp>
#include <memory>
#include <mutex>

#include "agent/task.hpp"
#include "base/event.hpp"
#include "store/store_watch.hpp"

namespace server::store {

// What the other thread has written before settle() may be read after a wait that was in time.
class StoreReply : public std::enable_shared_from_this<StoreReply> {
 public:
  // `home`: the loop of the coroutine that will wait.
  explicit StoreReply(asio::any_io_executor home) : home_(std::move(home)) {}

  // Any thread; once.
  void settle();
  // Nobody waits any more. Any thread.
  bool is_left();
  // On the loop. False: not before `deadline`; what comes later wakes nobody, on no loop.
  static agent::Task<bool> wait(std::shared_ptr<StoreReply> reply, Time deadline);

 private:
  class Leave;
  bool is_settled();
  void leave();

  agent::Event changed_;  // belongs to the loop
  std::mutex mutex_;      // guards what follows
  asio::any_io_executor home_;
  bool is_settled_ = false;
  bool is_left_ = false;
};

}  // namespace server::store
