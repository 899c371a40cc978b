// Clock: the time that an agent's waits follow.
//
//   const auto limit = agent::Clock::now() + std::chrono::seconds(5);
//   while (agent::Clock::now() < limit && !done()) co_await agent::Agent::pause(kLook);
//
// In production it is std::chrono::steady_clock, read the same way. In a test with agent/testing.hpp it
// stands still until the test advances it, and Agent::pause, Agent::every, Turns, reconnects and the limits
// of a stop follow it. Code that measures or limits time by this clock can therefore be tested without
// waiting.
//
// The wall clock (std::chrono::system_clock, wire::Time::now) is another one, which no test moves.
#pragma once

#include <chrono>

namespace agent {

// A clock in the sense of the standard library. Its time points are those of steady_clock: nanoseconds since
// an unspecified moment that does not change while the machine runs.
struct Clock {
  using duration = std::chrono::steady_clock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr bool is_steady = true;

  // The time now. It never goes back. Any thread; in a test the thread of the TestServer, and the ones of
  // Agent::offload, have the test's time, all others have the real one.
  static time_point now() noexcept;
};

}  // namespace agent
