// Timer: Asio's timer on agent::Clock. What an agent's code can notice waits by one of these, so that a
// test's clock moves it; other timers, and those of processes and connections, have the real time.
//
// As asio::steady_timer otherwise. Belongs to its loop.
#pragma once

#include <asio/basic_waitable_timer.hpp>
#include <asio/io_context.hpp>

#include "base/manual_clock.hpp"

namespace agent {

class Timer : public asio::basic_waitable_timer<Clock> {
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
