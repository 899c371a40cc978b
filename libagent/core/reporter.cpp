#include "core/reporter.hpp"

#include "core/build_info.hpp"
#include "core/own_limits.hpp"

namespace agent::core {
namespace {

// As much as a server of ours reads.
constexpr std::size_t kOwnSeriesMax = 64 * 1024;

bool is_of_library(std::string_view line) {
  for (const std::string_view comment : {"# HELP ", "# TYPE "}) {
    if (line.starts_with(comment)) line.remove_prefix(comment.size());
  }
  return line.starts_with("agent_");
}

std::chrono::nanoseconds interval_of(const MonitorConfig& config) {
  return config.interval > std::chrono::nanoseconds(0) ? config.interval : kDefaultReportInterval;
}

}  // namespace

Reporter::Reporter(net::Loop& loop, AgentState& state, Sender& sender, const Calls& calls)
    : state_(state),
      sender_(sender),
      calls_(calls),
      clock_(
          loop, interval_of(state.config.monitor), [this] { report(); }, net::Ticker::Kind::work) {
  clock_.start(state.first_report ? *state.first_report - net::Clock::now()
                                  : interval_of(state.config.monitor));
}

void Reporter::report() {
  if (!state_.connected) return;
  call_hooks(state_.on_report, "on_report");
  const std::vector<LimitState> limits = look_at_limits(*state_.limits, state_.registry);
  wire::AgentInfo info = make_report(state_, meter_.sample(), calls_.running());
  if (state_.shows_limits) info.limits = report_limits(limits);
  if (state_.shows_series) info.series = own_series(state_.registry.expose());
  sender_.report(encode_message(info));
}

std::string own_series(std::string_view exposition) {
  std::string own;
  while (!exposition.empty()) {
    const std::string_view line = exposition.substr(0, exposition.find('\n') + 1);
    if (line.empty() || own.size() + line.size() > kOwnSeriesMax) break;
    if (!is_of_library(line)) own += line;
    exposition.remove_prefix(line.size());
  }
  return own;
}

wire::AgentInfo make_report(const AgentState& state, const host::ProcessUsage& usage,
                            std::size_t running_calls) {
  const Counters& counters = state.counters;
  wire::AgentInfo info;
  info.version = state.version;
  info.go_version = tool_chain();
  info.cpu_usage = static_cast<float>(usage.cpu_percent);
  info.memory_usage = static_cast<float>(usage.memory_percent);
  info.threads = static_cast<std::int64_t>(usage.threads);
  info.routines = static_cast<std::int64_t>(running_calls);
  info.startup = usage.started;
  info.heap_in_use = usage.heap_bytes;
  info.gc.emplace();  // there is no collector
  info.in_packets = counters.received_messages.value();
  info.in_bytes = counters.received_bytes.value();
  info.out_packets = counters.sent_messages.value();
  info.out_bytes = counters.sent_bytes.value();
  info.reconnect_count = static_cast<std::int64_t>(counters.reconnects.value());
  info.write_queue = static_cast<std::int64_t>(state.outbox.size());
  return info;
}

}  // namespace agent::core
