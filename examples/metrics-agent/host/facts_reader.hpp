// FactsReader: what the host is. Blocks for some milliseconds, more with hundreds of CPUs, and when a file
// system hangs for the deadline of the probes. Any thread, one at a time: others wait.
#pragma once

#include <agent/wire/host.hpp>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "host_options.hpp"
#include "machine_files.hpp"
#include "partitions.hpp"

namespace host {

class FactsReader {
 public:
  // Adds to `warnings` each part that could not be read.
  FactsReader(const HostOptions& options, std::atomic<std::uint64_t>& warnings);

  // Facts that cannot be found out are empty or 0. Times are the wall clock's.
  agent::wire::StaticReply read();

 private:
  void read_host(agent::wire::StaticReply& out);
  void read_times(agent::wire::StaticReply& out);
  void read_partitions(std::vector<agent::wire::PartFacts>& out);
  void read_container(agent::wire::StaticReply& out);
  void read_interfaces(agent::wire::StaticReply& out);
  std::string host_name(const std::string& of_kernel);
  std::string_view read_resolver();

  std::mutex mutex_;  // guards what follows
  const std::filesystem::path root_;
  std::atomic<std::uint64_t>& warnings_;
  MachineFiles files_;
  Partitions partitions_;
};

}  // namespace host
