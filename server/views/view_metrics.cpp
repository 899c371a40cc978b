#include "views/view_metrics.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace server::views {
namespace {

using agent::metrics::Exposition;

void gauge(Exposition& out, std::string_view name, std::string_view help, double value) {
  out.family(name, "gauge", help);
  out.sample({}, value);
}

void counter(Exposition& out, std::string_view name, std::string_view help,
             const agent::metrics::Counter& value) {
  out.family(name, "counter", help);
  out.sample({}, value.value());
}

double stale_seconds(const ViewBoard& board, ViewBoard::Time now) {
  const auto stale = board.stale_for(now);
  return stale ? std::chrono::duration<double>(*stale).count() : 0;
}

}  // namespace

void expose(const ViewBoard& board, ViewBoard::Time now, Exposition& out) {
  const std::shared_ptr<const ClusterState> state = board.state();
  const ViewCounters& counters = board.counters;
  gauge(out, "agent_server_views_watches", "Watches of views that are open",
        static_cast<double>(board.watches));
  gauge(out, "agent_server_views_ready", "1: the whole state has been read once; 0: views answer 503",
        state ? 1 : 0);
  gauge(out, "agent_server_views_stale_seconds", "Age of the state while the store is away, else 0",
        stale_seconds(board, now));
  gauge(out, "agent_server_views_malformed", "Values that are malformed and left out",
        state ? static_cast<double>(state->faults().size()) : 0);
  out.family("agent_server_views_events_total", "counter", "Events that were sent to watchers");
  for (std::size_t i = 0; i < kEventNames.size(); ++i)
    out.sample({{"event", kEventNames[i]}}, counters.events[i].value());
  counter(out, "agent_server_views_made_total", "Answers that were made, each for all who read it",
          counters.made);
  counter(out, "agent_server_views_refused_total", "Answers that were refusals, as by the half rule",
          counters.refused);
  counter(out, "agent_server_views_denied_total", "Requests of callers who may not read what they asked for",
          counters.denied);
}

}  // namespace server::views
