#include "agent/clock.hpp"

#include "base/manual_clock.hpp"

namespace agent {

Clock::time_point Clock::now() noexcept {
  const ManualClock* manual = ManualClock::current();
  return manual == nullptr ? std::chrono::steady_clock::now() : manual->now();
}

}  // namespace agent
