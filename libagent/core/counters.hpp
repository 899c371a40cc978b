// Counters: what the agent counts about itself, as series of its registry.
#pragma once

#include "agent/metrics.hpp"

namespace agent::core {

struct Counters {
  explicit Counters(metrics::Registry& registry);

  metrics::Counter& received_messages;
  metrics::Counter& received_bytes;
  metrics::Counter& sent_messages;
  metrics::Counter& sent_bytes;
  metrics::Counter& bad_messages;
  metrics::Counter& ignored_messages;
  metrics::Counter& failed_calls;
  metrics::Counter& cancelled_calls;
  metrics::Counter& dropped_replies;
  metrics::Counter& dropped_reports;
  metrics::Counter& resent_messages;
  metrics::Counter& duplicate_requests;
  metrics::Counter& failed_attempts;
  metrics::Counter& reconnects;
  metrics::Gauge& connected;
  metrics::Gauge& running_calls;
  metrics::Gauge& kept_bytes;
};

}  // namespace agent::core
