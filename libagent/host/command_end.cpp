#include "host/command_end.hpp"

namespace agent::host {
namespace {

// A counter that went back belongs to a group that somebody made anew.
bool grew(std::uint64_t before, std::uint64_t after) { return after > before; }

Bound memory_bound(const CountersAround& counters) {
  if (counters.command.oom_kills == 0) return Bound::none;
  if (counters.command.memory_limits > 0) return Bound::command;
  return grew(counters.agent_before.memory_limits, counters.agent_after.memory_limits) ? Bound::agent
                                                                                       : Bound::host;
}

Bound fork_bound(const CountersAround& counters) {
  if (counters.command.forks_refused > 0) return Bound::command;
  if (counters.host_refused_fork) return Bound::host;
  return grew(counters.agent_before.forks_refused, counters.agent_after.forks_refused) ? Bound::agent
                                                                                       : Bound::none;
}

EndedBy reason_of(const CountersAround& counters, const AgentsPart& part) {
  if (counters.command.oom_kills > 0) return EndedBy::memory;
  if (part.cpu_used_up) return EndedBy::cpu_seconds;
  if (part.timed_out) return EndedBy::timeout;
  return part.killed ? EndedBy::killed : EndedBy::itself;
}

}  // namespace

CommandEnd decide_end(const CountersAround& counters, const AgentsPart& part) {
  const Bound memory = memory_bound(counters);
  const Bound fork = fork_bound(counters);
  return {.ended_by = reason_of(counters, part),
          .bound = memory != Bound::none ? memory : fork,
          .pids = fork != Bound::none,
          .oom_kills = counters.command.oom_kills};
}

}  // namespace agent::host
