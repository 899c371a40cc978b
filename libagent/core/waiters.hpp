// Waiters: coroutines that wait until somebody wakes them. Loop thread.
#pragma once

#include <asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "agent/task.hpp"

namespace agent::core {

class Waiters {
 public:
  // Ends with the next wake(), which may have other reasons than the caller's: check and wait again.
  Task<> wait() { return wait_in(timers_); }

  // All that wait now go on, one after the other, after the current handler.
  void wake();

 private:
  using Timers = std::list<asio::steady_timer*>;
  static Task<> wait_in(std::shared_ptr<Timers> timers);

  // Shared with those who wait: a loop that ends destroys them after us.
  std::shared_ptr<Timers> timers_ = std::make_shared<Timers>();
};

}  // namespace agent::core
