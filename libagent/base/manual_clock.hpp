// ManualClock: a time that stands still until it is moved, for tests. Clock::now() is its time on each thread
// where a Scope says so; on all others, and so always in production, it is the real time.
//
// Belongs to the thread of its scope; now() may be read on others while nobody moves it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <set>

#include "agent/clock.hpp"

namespace agent {

class ManualClock {
 public:
  using Time = Clock::time_point;

  // Starts at the real time.
  ManualClock();
  ManualClock(const ManualClock&) = delete;
  ManualClock& operator=(const ManualClock&) = delete;

  // The calling thread's; null where the time is the real one.
  static ManualClock* current() noexcept;

  // Makes the clock that of the calling thread while it lives. Scopes nest.
  class Scope {
   public:
    explicit Scope(ManualClock* clock) noexcept;
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    ManualClock* const before_;
  };

  // Something under way on another thread that the time has to wait for. Does nothing without a manual clock.
  class Busy {
   public:
    Busy();
    ~Busy();
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;

    // `work`, which has the same time wherever it is called.
    std::function<void()> with_time(std::function<void()> work) const;

   private:
    ManualClock* const clock_;
  };

  Time now() const { return now_; }
  bool is_busy() const { return busy_ > 0; }

  // Somebody will go on at this time, if nothing comes before.
  void note(Time deadline);
  // Moves on to the next time that was noted, or to `limit` if that comes first. False when it is there
  // already.
  bool step(Time limit);

 private:
  Time now_;
  std::set<Time> noted_;
  std::size_t busy_ = 0;
};

}  // namespace agent
