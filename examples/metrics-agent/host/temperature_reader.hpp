// TemperatureReader: what the sensors of the host say. Blocks for as long as they take, for the deadline of
// the probes at most. Any thread, one at a time: others wait.
#pragma once

#include <agent/wire/metrics.hpp>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "host_options.hpp"
#include "machine_files.hpp"
#include "sensors.hpp"

namespace host {

class TemperatureReader {
 public:
  // Adds to `warnings` each sensor that was asked in vain.
  TemperatureReader(const HostOptions& options, std::atomic<std::uint64_t>& warnings);

  // By chip. A sensor that does not answer, or answers nonsense, is left out and named in the log once.
  std::vector<agent::wire::Temperature> read();

 private:
  struct Batch;
  void tell(const Sensor& sensor, const std::string& text);

  std::mutex mutex_;  // guards what follows
  const HostOptions options_;
  std::atomic<std::uint64_t>& warnings_;
  MachineFiles files_;
  std::set<std::string> silent_;  // sensors that were named in the log
};

}  // namespace host
