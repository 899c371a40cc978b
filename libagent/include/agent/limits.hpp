// Limits: of the agent with all its commands (limit.*), and of each command; what a command cost, and why it
// ended.
//
// A command with limits, or one whose cost is wanted, has a group of its own (Linux: a cgroup). Where the
// system has none it is refused, never run without. Values; pure functions; any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/units.hpp"

namespace agent {

// The groups that an agent and its commands live in. Opaque here: Agent::limits() hands it on to
// ChildReaper::start(), so that commands have groups, too.
class Limits;

// What became of one kind of limit.
struct LimitState {
  std::string kind;         // "cpu", "memory", "disk" or "tasks": groups for commands
  bool configured = false;  // asked for; the others are not reported
  bool enforced = false;    // read back from the kernel
  std::string value;        // as the kernel has it, "" when it has none: "50%", "104857600"
  std::string problem;      // why it does not hold and what helps, one line; "" when it is enforced

  bool operator==(const LimitState&) const = default;
};

// What one command may use. Nothing = no limit of its own; the agent's limit.* holds for all together.
struct CommandLimits {
  std::optional<std::uint32_t> cpu_percent;  // 100 = one core, at least 1
  std::optional<Bytes> memory;               // with swap, at least kMinCommandMemory
  std::optional<std::uint32_t> pids;         // processes and threads at a time, at least 1
  std::optional<std::uint64_t> cpu_seconds;  // of all its processes together, at least 1

  bool any() const { return cpu_percent || memory || pids || cpu_seconds; }
  bool operator==(const CommandLimits&) const = default;
};

// Less does not even start a shell: the kernel would kill it in its exec.
inline constexpr Bytes kMinCommandMemory{1024 * 1024};

// `asked`, or for what it does not ask `defaults`. Throws Errc::refused for a value above its ceiling
// (`memory: at most 64 MiB`) and for one that is too small (`pids: at least 1`). A default is lowered to the
// ceiling.
CommandLimits granted_limits(const CommandLimits& asked, const CommandLimits& defaults,
                             const CommandLimits& ceilings);

// Why a command ended that did not just exit. From the counters of its group, never from its exit code.
enum class EndedBy { itself, memory, cpu_seconds, timeout, killed };

// As in results: "memory"; "" for itself.
std::string_view to_string(EndedBy reason);

// The owner of the limit that was met.
enum class Bound { none, command, agent, host };
std::string_view to_string(Bound bound);  // "command"; "" for none

struct CommandEnd {
  EndedBy ended_by = EndedBy::itself;
  Bound bound = Bound::none;  // of the memory, else of the fork
  bool pids = false;          // a fork was refused
  std::uint64_t oom_kills = 0;
  std::string fork_limit{};  // of that fork: "pids.max is 20 in /sys/fs/cgroup/x", the group and its figure
  bool operator==(const CommandEnd&) const = default;
};

// What all processes of a command cost together, until its first process ended. 0: nobody counted it.
struct CommandUsage {
  std::chrono::nanoseconds cpu{0};
  // The most that the processes had at a time, without file cache: an estimate from below, because the system
  // counts only both together. It is the most that a look has shown (every second at the latest), or what the
  // largest process had, if that was more.
  Bytes peak_memory;
  // From and to disks, as the system counts them: v2 of all processes, what it writes later included; v1 of
  // those that the command waited for.
  Bytes read;
  Bytes written;
  std::uint64_t peak_pids = 0;  // processes and threads at a time
  bool operator==(const CommandUsage&) const = default;
};

}  // namespace agent
