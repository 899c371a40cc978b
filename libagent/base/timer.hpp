// Timer: Asio's timer on agent::Clock. What an agent's code can notice waits by one of these, so that a
// test's clock stops at it.
//
// QuietTimer is for housekeeping, at which a test's clock need not stop: a day has 86,400 ticks of a loop.
//
// All timers of net, core and the server are one of the two. Asio has a queue per clock, and setting the
// earliest timer of a queue is a system call: with one queue the loop's next tick is earlier than most. Only
// processes (host) have std::chrono::steady_clock, the real time whatever clock a test has.
//
// As asio::steady_timer otherwise. Belongs to its loop.
#pragma once

#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>

#include "base/manual_clock.hpp"

namespace agent {

using QuietTimer = asio::basic_waitable_timer<Clock>;

class Timer : public QuietTimer {
 public:
  using Time = Clock::time_point;

  explicit Timer(asio::io_context& context) : basic_waitable_timer(context) {}
  Timer(const executor_type& executor, Time time) : basic_waitable_timer(executor, time) { note(time); }

  // Ends a wait that is under way with operation_aborted.
  void expires_at(Time time) {
    basic_waitable_timer::expires_at(time);
    note(time);
  }
  void expires_after(Clock::duration time) { expires_at(Clock::now() + time); }

 private:
  static void note(Time time) {
    if (ManualClock* manual = ManualClock::current()) manual->note(time);
  }
};

}  // namespace agent
