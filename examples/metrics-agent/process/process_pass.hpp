// ProcessPass: one pass over the processes, in slices.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <agent/account_names.hpp>
#include <agent/processes.hpp>
#include <agent/wire/metrics.hpp>
#include "process_options.hpp"
#include "process_shares.hpp"
#include "socket_source.hpp"

// What a sample has done so far.
struct SampleStep {
  bool more = false;
  std::size_t items = 0;  // that count for the limit
};

// ProcessPass: reads stat, status and cmdline of each process once, and the links of its descriptors once; of
// processes that `top` cuts off, stat alone. A process that ends meanwhile is left out. Blocks; one thread at
// a time.
class ProcessPass {
 public:
  // What lasts from one pass to the next.
  struct Memory {
    ProcessShares& shares;
    agent::AccountNames& accounts;
    SocketSource& sockets;
  };

  ProcessPass(const ProcessOptions& options, Memory memory, std::size_t top);

  // Looks at so many processes more.
  SampleStep step(std::size_t count);

  // After the last step: the part of the reply that has processes. They are in the order of their ids; those
  // that were chosen, by `top` or by the bound: the busiest first, and of equal ones the one with the most
  // memory. processes_cut counts those beyond the bound, not those beyond `top`.
  agent::wire::DynamicReply take() { return std::move(sample_); }
  // Parts that could not be read, or not be understood.
  std::uint64_t warnings() const { return warnings_; }

 private:
  struct Entry {
    agent::wire::ProcessUsage usage;
    std::string name;
  };

  void begin();
  void read_listeners();
  void look_at(int pid);
  void choose();
  void add_details(Entry& entry);
  bool add_status(agent::wire::ProcessUsage& usage);
  bool add_command_line(Entry& entry);
  void add_sockets(agent::wire::ProcessUsage& usage);
  void finish();
  void warn_unless_ended();
  double age_of(const agent::ProcessStat& stat, std::chrono::steady_clock::time_point now) const;
  bool is_cut() const;

  const ProcessOptions options_;
  Memory memory_;
  bool has_top_;
  std::size_t most_;
  agent::ProcessFiles files_;
  std::unordered_map<std::uint64_t, std::uint16_t> listeners_;  // ports by the sockets' inodes
  std::uint64_t ram_ = 0;
  double uptime_ = 0;  // at that time
  std::chrono::steady_clock::time_point uptime_at_;
  double ticks_ = 0;
  std::uint64_t page_ = 0;
  std::vector<int> ids_;
  std::size_t looked_at_ = 0;
  std::vector<Entry> entries_;
  std::size_t detailed_ = 0;
  std::size_t text_left_;
  std::vector<std::uint64_t> inodes_;  // of one process
  bool begun_ = false;
  bool chosen_ = false;
  std::uint64_t warnings_ = 0;
  agent::wire::DynamicReply sample_;
};
