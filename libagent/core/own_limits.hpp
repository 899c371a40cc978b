// OwnLimits: the agent's limits while it runs: set before on_start, checked every minute, told in the log, in
// the series agent_limit_enforced{kind} and in the self-report. Loop thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "agent/limits.hpp"
#include "agent/metrics.hpp"
#include "agent/wire/control.hpp"
#include "host/limits/agent_groups.hpp"
#include "net/ticker.hpp"

namespace agent::core {

// Limits that somebody else has removed are put back after this time at the latest.
inline constexpr std::chrono::seconds kLimitCheckInterval{60};

class OwnLimits {
 public:
  // Touches nothing before begin().
  OwnLimits(net::Loop& loop, std::shared_ptr<Limits> limits, metrics::Registry& registry);
  ~OwnLimits();
  OwnLimits(const OwnLimits&) = delete;
  OwnLimits& operator=(const OwnLimits&) = delete;

  // Sets what is configured. Blocks for some milliseconds, and does nothing without limit.*.
  void begin(const LimitConfig& limit);

 private:
  void tell();

  std::shared_ptr<Limits> limits_;
  metrics::Registry& registry_;
  std::map<std::string, LimitState> told_;
  net::Ticker check_;
};

// Those that are configured, as they are now. Sets their series.
std::vector<LimitState> look_at_limits(const Limits& limits, metrics::Registry& registry);

wire::LimitReports report_limits(const std::vector<LimitState>& states);

}  // namespace agent::core
