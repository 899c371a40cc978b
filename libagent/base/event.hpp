// Event: what coroutines of one loop wait for until somebody wakes them.
//
//   while (!ready_) co_await changed_.wait();
//
// An Event remembers no wake: check, wait, and check again, since a wake may have had other reasons. Nothing
// is missed, because nothing else runs on the loop between the check and the wait. Belongs to the loop whose
// coroutines wait. It is three words large and allocates nothing.
#pragma once

#include <chrono>
#include <cstddef>

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
  // when the coroutine is cancelled or the Event ends. The wait begins with the co_await, until which the
  // Event must live.
  Task<bool> wait(Clock::time_point deadline = Clock::time_point::max());

  // Wakes all that wait now. They go on in the order of their coming, after the current handler.
  void wake();
  // Wakes the one that has waited longest. False when none waits.
  bool wake_one();

  // Coroutines that wait and have not been woken.
  std::size_t waiting() const { return waiting_; }

 private:
  enum class Outcome { none, woken, ended };
  class Place;

  Place* first_ = nullptr;  // the one that has waited longest
  Place* last_ = nullptr;
  std::size_t waiting_ = 0;
};

// Waits: 0 or less lets others go first, more than 30 years are 30 years. Throws Errc::cancelled when the
// coroutine is cancelled. Any loop.
Task<> pause(std::chrono::nanoseconds duration);

}  // namespace agent
