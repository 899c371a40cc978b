// Readiness: whether the server can keep what it must keep: a file in its data directory, and a line of the
// audit log. Thread-safe.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "commands/audit.hpp"

namespace server {

class Readiness {
 public:
  using Clock = std::chrono::steady_clock;

  // A client that asks more often gets the last answer, because everybody may ask.
  static constexpr std::chrono::seconds kPeriod{1};

  // `audit` outlives it.
  Readiness(std::string data_dir, Audit& audit);

  // Why not: "data_dir cannot be written: No space left on device". nullopt: all is well. Blocks on the file
  // system.
  std::optional<std::string> fault(Clock::time_point now);

 private:
  const std::string data_dir_;
  Audit& audit_;
  std::mutex mutex_;
  std::optional<Clock::time_point> looked_;
  std::optional<std::string> found_;
};

}  // namespace server
