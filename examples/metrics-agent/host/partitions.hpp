// Partitions: the mounted file systems, and how full they are. Blocks for the deadline of the probes at most.
// Not thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "disk_devices.hpp"
#include "host_options.hpp"
#include "machine_files.hpp"

namespace host {

// One that is reported.
struct Partition {
  std::shared_ptr<const FileSystem> system;
  std::size_t place = 0;  // of system->places: where it was measured
  std::vector<DeviceNumber> devices{};
  std::optional<Space> space{};
  // Why there is no `space`: "hung" (its server or disk does not answer), "automount" (looking would count as
  // use), "hidden" (this process cannot reach it), or the system's reason, "Permission denied".
  std::string unmeasured{};

  const Mount& mount() const { return system->places[place]; }
};

class Partitions {
 public:
  // Adds to `warnings` each one that was asked in vain.
  Partitions(const HostOptions& options, std::atomic<std::uint64_t>& warnings);

  // All of them, in the order in which they were mounted. One that begins not to answer, or to answer again,
  // is named in the log.
  std::vector<Partition> measure();

 private:
  struct Batch;
  struct Known {
    Partition partition;   // unmeasured
    bool at_once = false;  // asked without the probes
  };
  void read_table();
  std::string table_text();
  std::shared_ptr<Batch> ask(std::vector<ProbeEnd>& ends);
  void ask_probes(const std::shared_ptr<Batch>& batch, std::vector<ProbeEnd>& ends);
  void judge(const Batch& batch, std::size_t number, ProbeEnd end, Partition& partition);
  void tell(const Partition& partition, bool asked);

  const HostOptions options_;
  std::atomic<std::uint64_t>& warnings_;
  MachineFiles files_;
  std::string prefix_;
  std::string text_;  // the table that `known_` was made of
  std::vector<Known> known_;
  std::set<std::string> silent_;  // mount points that were named in the log
};

}  // namespace host
