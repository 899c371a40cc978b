#include "core/own_limits.hpp"

#include <utility>

#include "agent/log.hpp"

namespace agent::core {
namespace {

std::string_view setting_of(std::string_view kind) {
  if (kind == "cpu") return "limit.cpu_quota";
  if (kind == "memory") return "limit.memory_limit";
  if (kind == "disk") return "limit.disk_limit";
  return "limits of commands";
}

void write_into_log(const LimitState& now, const LimitState& before) {
  const std::string_view setting = setting_of(now.kind);
  if (!now.enforced) {
    if (now.problem != before.problem) log::error("{}: does not hold: {}", setting, now.problem);
  } else if (!before.enforced && now.kind != "tasks") {
    log::info("{}: {} in force{}", setting, now.value, before.problem.empty() ? "" : " again");
  }
}

}  // namespace

OwnLimits::OwnLimits(net::Loop& loop, std::shared_ptr<Limits> limits, metrics::Registry& registry)
    : limits_(std::move(limits)),
      registry_(registry),
      check_(loop, kLimitCheckInterval, [this] { limits_->check(); }) {
  limits_->on_change = [this] { tell(); };
}

OwnLimits::~OwnLimits() { limits_->on_change = nullptr; }

void OwnLimits::begin(const LimitConfig& limit) { limits_->apply(limit); }

void OwnLimits::tell() {
  for (const LimitState& state : look_at_limits(*limits_, registry_)) {
    write_into_log(state, std::exchange(told_[state.kind], state));
    check_.start();
  }
}

std::vector<LimitState> look_at_limits(const Limits& limits, metrics::Registry& registry) {
  std::vector<LimitState> states = limits.states();
  std::erase_if(states, [](const LimitState& state) { return !state.configured; });
  for (const LimitState& state : states)
    registry
        .gauge("agent_limit_enforced", "Whether a limit that is configured holds.", {{"kind", state.kind}})
        .set(state.enforced ? 1 : 0);
  return states;
}

wire::LimitReports report_limits(const std::vector<LimitState>& states) {
  wire::LimitReports reports;
  for (const LimitState& state : states)
    reports.list.push_back({state.kind, state.enforced, state.value, state.problem});
  return reports;
}

}  // namespace agent::core
