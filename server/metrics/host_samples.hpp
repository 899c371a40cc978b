// What a metrics-agent says about its host: from its last reports as far as they are young enough, otherwise
// from the agent itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/task.hpp"
#include "agent/wire/host.hpp"
#include "agent/wire/metrics.hpp"
#include "hub/hub.hpp"
#include "metrics/metric_names.hpp"
#include "metrics/metrics_service.hpp"
#include "net/offload.hpp"

namespace server {

struct SampleSources {
  Hub* hub;
  MetricsService* reports;
  agent::net::Offload* pool;  // where reports are read
};

// nullopt: only a fresh sample will do.
using MaxAge = std::optional<std::chrono::nanoseconds>;

struct SampleQuery {
  std::vector<ReportKind> kinds;           // none of facts
  std::int64_t top = 0;                    // processes at most, 0 = all
  std::vector<std::string> connections{};  // kinds of them; none = all that the agent lists by itself
  MaxAge max_age{};
};

// The agent need not be connected when its reports will do. Only what they lack is asked for. Throws what
// collect.hpp says; an answer without usage that was asked for it is bad_message.
//
// A report has what the agent's configuration lets it report: of a longer list than that only the agent
// itself knows.
agent::Task<agent::wire::StaticReply> facts_of(SampleSources sources, std::string id, MaxAge max_age);
agent::Task<agent::wire::DynamicReply> samples_of(SampleSources sources, std::string id, SampleQuery query);

}  // namespace server
