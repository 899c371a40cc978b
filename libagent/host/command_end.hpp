// Why a command ended and whose limit it met, from the counters of its group and of the agent's. Pure.
#pragma once

#include <cstdint>

#include "agent/limits.hpp"

namespace agent::host {

// v2: memory.events.local and pids.events, v1: memory.oom_control, memory.failcnt, pids.events. A counter
// that the kernel does not have is 0. They count from the group's beginning.
struct GroupCounters {
  std::uint64_t oom_kills = 0;  // processes of the group that were killed for memory, whoever's limit it was
  std::uint64_t memory_limits = 0;  // allocations that failed at the group's own limit (`oom` of v2)
  std::uint64_t forks_refused = 0;  // at the group's own limit (refused_fork.hpp)
};

// Read when the command starts and when it has ended. A command's own group begins with zeros.
struct CountersAround {
  GroupCounters command;  // at its end
  GroupCounters agent_before;
  GroupCounters agent_after;
  bool host_refused_fork = false;  // a limit above those of the agent
};

// What the agent did itself.
struct AgentsPart {
  bool timed_out = false;
  bool killed = false;       // somebody asked for it
  bool cpu_used_up = false;  // cpu_seconds
};

// Memory comes first: what the agent does to a command that the kernel is killing changes nothing about why.
// The agent's group has no limit of its own that counts for one command only: with several at once that meet
// its pids limit in the same time each is told so.
CommandEnd decide_end(const CountersAround& counters, const AgentsPart& part);

}  // namespace agent::host
