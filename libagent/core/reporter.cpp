#include "core/reporter.hpp"

#include "core/build_info.hpp"

namespace agent::core {
namespace {

std::chrono::nanoseconds interval_of(const MonitorConfig& config) {
  return config.interval > std::chrono::nanoseconds(0) ? config.interval : kDefaultReportInterval;
}

}  // namespace

Reporter::Reporter(net::Loop& loop, const Parts& parts, Sender& sender, const Calls& calls)
    : parts_(parts),
      sender_(sender),
      calls_(calls),
      clock_(loop, interval_of(parts.config.monitor), [this] { report(); }) {}

void Reporter::report() {
  if (!parts_.connected) return;
  call_hooks(parts_.on_report, "on_report");
  sender_.report(encode_message(make_report(parts_, meter_.sample(), calls_.running())));
}

wire::AgentInfo make_report(const Parts& parts, const host::ProcessUsage& usage, std::size_t running_calls) {
  const Counters& counters = parts.counters;
  wire::AgentInfo info;
  info.version = parts.version;
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
  info.write_queue = static_cast<std::int64_t>(parts.outbox.size());
  return info;
}

}  // namespace agent::core
