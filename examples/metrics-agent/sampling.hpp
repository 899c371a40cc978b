// Sampling: what one consumer samples. The reports have one and the requests another: rates are over the time
// since this consumer's previous sample, so that a request never shortens the window of the report.
//
// Belongs to the agent's loop, which no sample holds up. It must outlive its coroutines.
#pragma once

#include <agent/task.hpp>
#include <agent/wire/host.hpp>
#include <agent/wire/metrics.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

class Sampling {
 public:
  virtual ~Sampling() = default;

  virtual agent::Task<agent::wire::StaticReply> facts() = 0;
  virtual agent::Task<agent::wire::HostUsage> usage() = 0;
  // The part of the reply that has processes, what was cut of it included; the `top` busiest ones, 0: all.
  virtual agent::Task<agent::wire::DynamicReply> processes(std::size_t top) = 0;
  // The part with connections of these kinds (kConnectionKinds in task_settings.hpp), none: all.
  virtual agent::Task<agent::wire::DynamicReply> connections(std::vector<std::string> kinds) = 0;
  virtual agent::Task<std::vector<agent::wire::Temperature>> temperatures() = 0;

  // How many parts of samples could not be read since the start (message 37, `warns`).
  virtual std::uint64_t warnings() const = 0;
};
