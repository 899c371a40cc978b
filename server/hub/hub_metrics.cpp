#include "hub/hub_metrics.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/hub.hpp"

namespace server {

using agent::metrics::Counter;
using agent::metrics::Exposition;
using agent::wire::AgentInfo;

namespace {

struct Reported {
  const Session* session;
  std::shared_ptr<const Report> report;
};

std::vector<Reported> reported(const std::vector<std::shared_ptr<Session>>& sessions) {
  std::vector<Reported> all;
  all.reserve(sessions.size());
  for (const auto& session : sessions) {
    if (auto report = session->report()) all.push_back({session.get(), std::move(report)});
  }
  return all;
}

// The counters of all loops as one.
class Sums {
 public:
  explicit Sums(const Hub& hub) : hub_(hub) {}

  std::uint64_t of(Counter LoopCounters::*counter) const {
    std::uint64_t sum = 0;
    for (const auto& loop : hub_.loops()) sum += (loop->counters().*counter).value();
    return sum;
  }

  template <std::size_t N>
  void samples(Exposition& out, std::string_view label, const std::array<std::string_view, N>& names,
               std::array<Counter, N> LoopCounters::*counters) const {
    for (std::size_t i = 0; i < N; ++i) {
      std::uint64_t sum = 0;
      for (const auto& loop : hub_.loops()) sum += (loop->counters().*counters)[i].value();
      out.sample({{label, names[i]}}, sum);
    }
  }

 private:
  const Hub& hub_;
};

void single(Exposition& out, std::string_view name, std::string_view type, std::string_view help,
            std::uint64_t value) {
  out.family(name, type, help);
  out.sample({}, value);
}

void expose_own_names(const Hub& hub, const Sums& sums, Exposition& out) {
  single(out, "agent_server_sessions", "gauge", "Connected agents.", hub.size());

  out.family("agent_server_connects_total", "counter", "Connections of agents by outcome.");
  for (std::size_t i = 0; i < kConnectResults.size(); ++i) {
    out.sample({{"result", kConnectResults[i]}}, hub.connects()[i].value());
  }
  out.family("agent_server_messages_total", "counter", "Messages from (in) and to (out) agents.");
  out.sample({{"direction", "in"}}, sums.of(&LoopCounters::messages_in));
  out.sample({{"direction", "out"}}, sums.of(&LoopCounters::messages_out));
  out.family("agent_server_bytes_total", "counter", "Bytes of these messages as JSON.");
  out.sample({{"direction", "in"}}, sums.of(&LoopCounters::bytes_in));
  out.sample({{"direction", "out"}}, sums.of(&LoopCounters::bytes_out));
  out.family("agent_server_calls_total", "counter", "Calls of agents by the way they ended.");
  sums.samples(out, "result", kCallResults, &LoopCounters::calls);
  out.family("agent_server_replies_dropped_total", "counter",
             "Replies for which no call waited or had room.");
  sums.samples(out, "reason", kReplyDrops, &LoopCounters::dropped_replies);
  single(out, "agent_server_bad_messages_total", "counter", "Messages from agents that could not be read.",
         sums.of(&LoopCounters::bad_messages));
  single(out, "agent_server_unknown_reports_total", "counter", "Reports of a type that nobody handles.",
         sums.of(&LoopCounters::unknown_reports));
  out.family("agent_server_series_dropped_total", "counter",
             "Lines of agents' own metrics that are not shown.");
  sums.samples(out, "reason", kSeriesDrops, &LoopCounters::dropped_series);
  single(out, "agent_server_messages_dropped_total", "counter", "Messages to agents that do not read.",
         sums.of(&LoopCounters::dropped_messages));
}

// The tags of agent_info, in the order of the originals.
void agent_info(Exposition& out, const Reported& agent) {
  const AgentInfo& info = agent.report->info;
  auto tag = [&](std::string_view name, double value) {
    out.sample({{"agent_type", agent.session->type()}, {"id", agent.session->id()}, {"tag", name}}, value);
  };
  auto count = [&](std::string_view name, auto value) { tag(name, static_cast<double>(value)); };
  count("cpu_usage", info.cpu_usage);
  count("memory_usage", info.memory_usage);
  count("threads", info.threads);
  count("routines", info.routines);
  count("startup", info.startup);
  count("heap_in_use", info.heap_in_use);
  const agent::wire::GcPauses pauses = info.gc.value_or(agent::wire::GcPauses());
  tag("gc_0", pauses.minimum);
  tag("gc_0.25", pauses.quarter);
  tag("gc_0.5", pauses.median);
  tag("gc_0.75", pauses.three_quarters);
  tag("gc_1", pauses.maximum);
  count("in_packets", info.in_packets);
  count("in_bytes", info.in_bytes);
  count("out_packets", info.out_packets);
  count("out_bytes", info.out_bytes);
  count("reconnect_count", info.reconnect_count);
  count("read_chan_size", info.read_queue);
  count("write_chan_size", info.write_queue);
  count("report_time", std::chrono::system_clock::to_time_t(agent.report->received_at));
}

void expose_limits(const std::vector<Reported>& agents, Exposition& out) {
  out.family("agent_limit_enforced", "gauge",
             "Whether a limit that is configured at the agent holds: 1, or 0.");
  for (const Reported& agent : agents) {
    for (const agent::wire::LimitReport& limit : agent.report->info.limits.list)
      out.sample({{"id", agent.session->id()}, {"kind", limit.kind}}, std::uint64_t{limit.enforced});
  }
}

void expose_compatible_names(const Hub& hub, const Sums& sums, Exposition& out) {
  single(out, "agent_count", "gauge", "", hub.size());
  single(out, "in_packets", "gauge", "", sums.of(&LoopCounters::messages_in));
  single(out, "out_packets", "gauge", "", sums.of(&LoopCounters::messages_out));
  single(out, "in_bytes", "gauge", "", sums.of(&LoopCounters::bytes_in));
  single(out, "out_bytes", "gauge", "", sums.of(&LoopCounters::bytes_out));

  const auto sessions = hub.list();
  const auto agents = reported(sessions);
  out.family("agent_info", "gauge", "");
  for (const Reported& agent : agents) agent_info(out, agent);
  expose_limits(agents, out);
  std::vector<std::shared_ptr<const AgentSeries>> series;
  for (const Reported& agent : agents) series.push_back(agent.report->series);
  expose_series(series, out);
  out.family("agent_version", "gauge", "");
  for (const Reported& agent : agents) {
    const AgentInfo& info = agent.report->info;
    out.sample({{"go_version", info.go_version}, {"id", agent.session->id()}, {"version", info.version}},
               std::uint64_t{1});
  }
}

}  // namespace

void expose_hub(const Hub& hub, Exposition& out) {
  const Sums sums(hub);
  expose_own_names(hub, sums, out);
  expose_compatible_names(hub, sums, out);
}

}  // namespace server
