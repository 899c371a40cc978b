// The hub's part of /metrics: the names of the originals (reference http-api, A.5), where all are gauges
// and agents are told apart by label, and proper names beside them. docs/metrics.md explains each.
//
// Stated anew at every scrape, so that the series of an agent end with its session.
#pragma once

#include "agent/metrics.hpp"

namespace server {

class Hub;

void expose_hub(const Hub& hub, agent::metrics::Exposition& out);

}  // namespace server
