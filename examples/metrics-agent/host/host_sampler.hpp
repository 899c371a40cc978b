// HostSampler: what one consumer samples of the host. The reports have one and the requests another, with
// copies of the same options: shares and rates are over the time since this consumer's previous sample.
//
// The work is done by Agent::offload; a sample never blocks the loop, and holds a thread of offload for 2 s
// at most, when a file system or a sensor hangs. Belongs to the agent's loop, and must outlive its samples.
#pragma once

#include <agent/agent.hpp>
#include <agent/task.hpp>
#include <agent/wire/host.hpp>
#include <agent/wire/metrics.hpp>
#include <atomic>
#include <cstdint>
#include <vector>

#include "facts_reader.hpp"
#include "host_options.hpp"
#include "temperature_reader.hpp"
#include "usage_reader.hpp"

class HostSampler {
 public:
  // `agent` must live longer.
  HostSampler(agent::Agent& agent, const HostOptions& options);
  HostSampler(const HostSampler&) = delete;
  HostSampler& operator=(const HostSampler&) = delete;

  // Each throws only what Agent::offload throws: Errc::cancelled. What cannot be read is missing in the
  // sample.
  agent::Task<agent::wire::StaticReply> facts();
  agent::Task<agent::wire::HostUsage> usage();
  agent::Task<std::vector<agent::wire::Temperature>> temperatures();

  // Parts of samples that could not be read since the start: files of /proc, file systems and sensors that
  // did not answer. Any thread.
  std::uint64_t warnings() const { return warnings_; }

 private:
  agent::Agent& agent_;
  std::atomic<std::uint64_t> warnings_{0};
  host::FactsReader facts_;
  host::UsageReader usage_;
  host::TemperatureReader temperatures_;
};
