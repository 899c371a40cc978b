// What metrics-agent samples with: this machine.
#pragma once

#include "metrics_agent.hpp"

// Makes samplings that share what may hang: however many ask, one thread at most waits for a dead mount.
MetricsAgent::MakeSampling machine_samplings();
