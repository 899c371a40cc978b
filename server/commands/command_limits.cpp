#include "commands/command_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/limits.hpp"

namespace server {
namespace {

using agent::Errc;

// More is a mistake, and kernels do not take it: 10,000 cores, 4 EiB, Linux' PID_MAX_LIMIT, 31 years.
constexpr agent::CommandLimits kMost{.cpu_percent = 1'000'000,
                                     .memory = agent::Bytes{1ULL << 62},
                                     .pids = 4'194'304,
                                     .cpu_seconds = 1'000'000'000};

constexpr std::string_view kCannotLimit = "agent cannot limit commands: ";

}  // namespace

void check_limits(const agent::wire::CommandLimits& limits) {
  try {
    granted_limits(from_wire(limits), {}, kMost);
  } catch (const agent::Error& error) {
    throw above_limit(error.text());
  }
}

bool can_limit(const Session& session, const agent::wire::CommandLimits& limits) {
  return !limits.any() || session.has(agent::wire::kLimitsCapability);
}

std::string_view why_not(const Session& session) {
  const std::vector<std::string>& offered = session.come().caps;
  const bool is_able =
      std::find(offered.begin(), offered.end(), agent::wire::kLimitsCapability) != offered.end();
  return is_able ? "limits are not among this server's capabilities" : "it is an original or too old";
}

void check_can_limit(const Session& session, const agent::wire::CommandLimits& limits) {
  if (!can_limit(session, limits)) throw cannot_limit(why_not(session));
}

StartRefusal refusal_of(const agent::wire::Execd& execd) {
  if (execd.no_limits) return StartRefusal::no_limits;
  if (execd.above_limit) return StartRefusal::above_limit;
  return execd.too_many ? StartRefusal::too_many : StartRefusal::other;
}

LimitError cannot_limit(std::string_view reason) {
  if (reason.starts_with(kCannotLimit)) reason.remove_prefix(kCannotLimit.size());
  if (reason.empty()) reason = "it does not say why";
  return {Errc::wrong_type, fmt::format("{}{}", kCannotLimit, reason)};
}

LimitError above_limit(std::string_view said) {
  if (said.empty()) said = "a limit is out of bounds";
  return {Errc::bad_message, fmt::format("bad param: {}", said)};
}

}  // namespace server
