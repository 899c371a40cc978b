// Event: what coroutines of one loop wait for until somebody wakes them.
//
//   while (!ready_) co_await changed_.wait();
//
// An Event remembers no wake: check, wait, and check again, since a wake may have had other reasons. Nothing
// is missed, because nothing else runs on the loop between the check and the wait. Belongs to the loop whose
// coroutines wait.
#pragma once

#include <cstddef>
#include <list>
#include <memory>

#include "agent/task.hpp"
#include "base/timer.hpp"

namespace agent {

class Event {
 public:
  using Clock = agent::Clock;

  Event() = default;
  // Those who still wait go on after the current handler.
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // True with the next wake, false at `deadline`; woken wins when both have happened. Throws Errc::cancelled
  // when the coroutine is cancelled or the Event ends.
  Task<bool> wait(Clock::time_point deadline = Clock::time_point::max()) {
    return wait_in(waiters_, deadline);
  }

  // Wakes all that wait now. They go on in the order of their coming, after the current handler.
  void wake();
  // Wakes the one that has waited longest. False when none waits.
  bool wake_one();

  // Coroutines that wait and have not been woken.
  std::size_t waiting() const { return waiters_->size(); }

 private:
  enum class Outcome { none, woken, ended };
  struct Waiter {
    Timer* timer;
    Outcome* outcome;
  };
  using Waiters = std::list<Waiter>;
  class Place;

  static Task<bool> wait_in(std::shared_ptr<Waiters> waiters, Clock::time_point deadline);
  void end_first(Outcome outcome);

  // Shared with those who wait: the Event may end before them.
  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

}  // namespace agent
