// Backoff: how long to wait before connecting again.
//
// 1, 2, 4 seconds with full jitter (uniform from 0 to the base, the first one too), afterwards uniform from
// 2 to 6 seconds: agents that lost the same server come back spread out.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace agent {

class Backoff {
 public:
  // The longest wait a server may ask for.
  static constexpr std::chrono::seconds kLongestRetryAfter = std::chrono::hours(1);

  // `random` gives numbers in [0, 1).
  explicit Backoff(std::function<double()> random) : random_(std::move(random)) {}

  // The wait before the next attempt. A server that said when to come again is obeyed: not earlier, and up
  // to the base later.
  std::chrono::milliseconds next(std::optional<std::chrono::seconds> retry_after = std::nullopt);

  // Starts over; to be called when a session had been established.
  void reset() { attempts_ = 0; }

  // Waits that were handed out since the start or reset().
  int attempts() const { return attempts_; }

 private:
  std::function<double()> random_;
  int attempts_ = 0;
};

}  // namespace agent
