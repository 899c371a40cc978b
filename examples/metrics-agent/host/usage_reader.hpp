// UsageReader: how busy the host is, for one consumer: shares and rates are over the time since its previous
// sample. Blocks for 0.3 ms or so, when a file system hangs for the deadline of the probes. Any thread, one
// at a time: others wait.
#pragma once

#include <agent/clock.hpp>
#include <agent/wire/metrics.hpp>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "container.hpp"
#include "cpu_times.hpp"
#include "disk_counters.hpp"
#include "host_options.hpp"
#include "machine_files.hpp"
#include "partitions.hpp"

namespace host {

// Two samples that are closer to each other have the same shares and rates: a tick of the counters is 10 ms.
inline constexpr std::chrono::milliseconds kShortestInterval{100};

class UsageReader {
 public:
  // Adds to `warnings` each part of a sample that could not be read.
  UsageReader(const HostOptions& options, std::atomic<std::uint64_t>& warnings);

  // The first one has shares and rates since the system's start, and is marked so (`first`). Parts whose
  // files are missing or make no sense are 0.
  agent::wire::HostUsage sample(agent::Clock::time_point now = agent::Clock::now());

 private:
  struct DiskRate {
    double read_per_second = 0;
    double written_per_second = 0;
  };
  // What the next sample is compared with.
  struct Previous {
    agent::Clock::time_point time{};
    CpuTimes cpu{};
    std::vector<DiskCounters> disks{};
    bool disks_known = true;          // at the system's start: none
    std::uint64_t container_cpu = 0;  // nanoseconds
    bool none = true;
  };

  double begin_interval(agent::Clock::time_point now);
  void read_cpu(agent::wire::CpuUsage& out);
  void read_memory(agent::wire::MemoryUsage& out);
  void read_disks();
  void read_partitions(std::vector<agent::wire::PartUsage>& out);
  void read_container(agent::wire::HostUsage& out);
  void add_activity(const std::vector<DeviceNumber>& devices, agent::wire::PartUsage& out) const;
  std::string_view read_or_warn(std::string_view name);

  std::mutex mutex_;  // guards what follows
  std::atomic<std::uint64_t>& warnings_;
  MachineFiles files_;
  Partitions partitions_;
  const std::string min_free_kbytes_;
  const bool in_own_system_;  // root is "/": there may be a container around this process
  Previous previous_;
  bool first_ = true;          // what is below is since the system's start
  double seconds_ = 0;         // of the interval; 0 when it is too short and what is below stays
  double unread_seconds_ = 0;  // of samples that could not read the CPUs' times
  CpuShares shares_;
  std::uint64_t cpus_ = 0;
  std::uint64_t memory_ = 0;
  std::vector<DiskCounters> disks_;
  std::vector<DiskRate> rates_;  // of disks_
  double container_percent_ = 0;
};

}  // namespace host
