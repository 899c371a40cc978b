// ReportFlow: how many reports one session may bring, and which of them are acknowledged when. Decisions
// without I/O; time is a parameter.
//
// Every report costs credit, large ones more. A session without credit is made slower: an agent that waits
// for its reports to be acknowledged (capability `reports`) is acknowledged later; of any other what is too
// much is dropped.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "agent/clock.hpp"

namespace server {

// Credit per second, and as much as a session has at most: enough for all jobs at their shortest interval,
// and for what an agent has kept for an hour to arrive within the next minute.
inline constexpr double kReportCredit = 100;
inline constexpr double kReportCreditMax = 200;
// A report costs 1, and 1 more for each of these bytes.
inline constexpr std::size_t kBytesPerCredit = 40 * 1024;
// Acknowledged at once: half of what may be on the way, so that a steady stream is never held up.
inline constexpr std::uint32_t kAcknowledgedReports = 32;
inline constexpr std::size_t kAcknowledgedBytes = 128 * 1024;
// Otherwise the first of a while is acknowledged at once, and the others together, this long after that.
inline constexpr std::chrono::milliseconds kAcknowledgePause{200};

class ReportFlow {
 public:
  using Time = agent::Clock::time_point;

  ReportFlow(bool acknowledges, Time now) : acknowledges_(acknowledges), credit_at_(now) {}

  // A report of so many bytes has come. False: it is to be dropped, which a session that acknowledges never
  // does.
  bool admit(std::size_t bytes, Time now);
  // It has this number, and need not come again.
  void took(std::uint64_t number, std::size_t bytes);
  // Far more is on the way than may be: the agent does not wait for what it should wait for.
  bool is_flooded() const;

  // The number to acknowledge now; 0: none.
  std::uint64_t take_due(Time now);
  // When there will be one, if nothing comes before; max(): not by itself.
  Time due_at() const;

 private:
  double credit(Time now) const;

  bool acknowledges_;
  double credit_ = kReportCreditMax;
  Time credit_at_;
  std::uint64_t taken_ = 0;
  std::uint32_t pending_ = 0;
  std::size_t pending_bytes_ = 0;
  Time acknowledged_at_{};
};

}  // namespace server
