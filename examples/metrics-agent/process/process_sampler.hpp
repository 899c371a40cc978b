// ProcessSampler: the processes and the connections of a host, for one consumer.
//
//   ProcessSampler sampler(agent, options);
//   agent::wire::DynamicReply reply = co_await sampler.processes(0);
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <agent/account_names.hpp>
#include <agent/agent.hpp>
#include <agent/turns.hpp>
#include <agent/wire/metrics.hpp>
#include "connection_pass.hpp"
#include "process_options.hpp"
#include "process_pass.hpp"
#include "process_shares.hpp"
#include "sample_pace.hpp"
#include "socket_source.hpp"

// ProcessSampler: each consumer has its own, because a process's share of CPU is over the time since this
// sampler's sample before. Belongs to the agent's loop, which it never blocks: it reads in slices through
// Agent::offload. One sample is taken at a time, also when a process hangs and its files with it; at most 16
// more wait for a minute, then they fail with Errc::busy. Must outlive its coroutines, and the agent this.
class ProcessSampler {
 public:
  ProcessSampler(agent::Agent& agent, ProcessOptions options);

  // The part of the reply that has processes and what was cut of them; with `top`, when there are more, the
  // busiest ones. Quantities as docs/metrics.md says. Throws Errc::busy, Errc::cancelled.
  agent::Task<agent::wire::DynamicReply> processes(std::size_t top);
  // The part with connections of these kinds: tcp, tcp4, tcp6, udp, udp4, udp6, unix; all without a kind,
  // none for a kind that is unknown. With them their counts, and what was cut. Throws Errc::busy,
  // Errc::cancelled.
  agent::Task<agent::wire::DynamicReply> connections(std::vector<std::string> kinds);

  // How many parts of samples could not be read since the start. Not counted: processes that ended meanwhile,
  // and what this user may not see.
  std::uint64_t warnings() const { return warnings_; }

 private:
  template <class Pass>
  agent::Task<> run(std::shared_ptr<Pass> pass, SamplePace pace, std::size_t items_of_unit);
  agent::AccountNames& accounts();

  agent::Agent& agent_;
  ProcessOptions options_;
  ProcessShares shares_;
  SocketSource sockets_;
  std::optional<agent::AccountNames> accounts_;
  std::chrono::steady_clock::time_point accounts_since_;
  agent::Turns turns_;
  std::atomic<std::uint64_t> warnings_{0};
};
