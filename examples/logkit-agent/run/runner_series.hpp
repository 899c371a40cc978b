// The series of runners for Prometheus, logkit_… (docs/logs.md). Pure.
#pragma once

#include <agent/metrics.hpp>
#include <map>
#include <string>

#include "runner_status.hpp"

namespace logkit {

// By the runners' names.
using RunnerStatuses = std::map<std::string, RunnerStatus>;

void expose_runners(const RunnerStatuses& all, agent::metrics::Exposition& out);

}  // namespace logkit
