// CommandMeter: what a command with a group of its own uses, and why it ended. Loop thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/limits.hpp"
#include "host/command_end.hpp"
#include "host/limits/control_group.hpp"
#include "host/limits/refused_fork.hpp"

namespace agent {
class Limits;
}

namespace agent::host {

// Some of the processes of a command were killed for memory, the others go on: they have this long to end by
// themselves. On v2 the kernel ends them at once (memory.oom.group).
inline constexpr std::chrono::seconds kOutOfMemoryGrace{1};
// Looks become rarer up to this: a command that sleeps costs some 50 µs a second.
inline constexpr std::chrono::milliseconds kFirstLook{10};
inline constexpr std::chrono::milliseconds kLongestLook{1000};

// What the system tells with the end of a process, of it and of all those below it that were waited for.
struct WaitedUsage {
  Bytes largest_process;  // memory that was resident; that of the agent counts as well (exec(2) keeps it)
  IoBytes io;
};

// The memory of a command, as far as it can be known.
struct MemorySeen {
  Bytes group_peak;       // of the group, with its file cache: exact
  Bytes cached;           // file cache at the end
  Bytes largest_process;  // WaitedUsage
  Bytes largest_look;     // of all processes together, without file cache
};

// CommandUsage::peak_memory. What the group had at its peak beside the file cache that is still there
// belonged to processes, unless files were dropped from the cache meanwhile; the largest process bounds that.
// Pure.
Bytes peak_of_processes(const MemorySeen& seen);

// The time until the next look, of which there were `looks`: 10, 20, 40 ms ... With cpu_seconds no later than
// all `processors` together could use up what is left. Pure.
std::chrono::milliseconds look_pause(int looks, std::optional<std::chrono::nanoseconds> cpu_left,
                                     unsigned processors);

class CommandMeter {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Verdict { fine, cpu_used_up, out_of_memory };

  // `limits` counts for the agent, whose groups are below `bound`.
  CommandMeter(std::shared_ptr<Limits> limits, const ControlGroup& bound, ControlGroup group,
               const CommandLimits& given);

  // The group is there, and the command about to begin. Any thread.
  void begin();
  // Looks at what is used. What is not fine must end.
  Verdict look(Clock::time_point now);
  std::chrono::milliseconds next_look() const;

  // The first process has ended, and nothing was moved out of the group yet. Once.
  void finish(const WaitedUsage& waited);
  // After that.
  const CommandUsage& usage() const { return usage_; }
  CommandEnd end(const AgentsPart& part) const;
  bool ran_out_of_memory() const { return around_.command.oom_kills > 0; }

 private:
  void find_refused_fork();

  std::shared_ptr<Limits> limits_;
  std::string bound_;  // directory that counts processes
  ControlGroup group_;
  CommandLimits given_;
  std::vector<PidsLevel> pids_before_;
  std::optional<PidsLevel> refused_fork_;
  CountersAround around_;
  CommandUsage usage_;
  Bytes largest_look_;
  std::chrono::nanoseconds cpu_{0};
  std::optional<Clock::time_point> killed_for_memory_at_;
  int looks_ = 0;
};

}  // namespace agent::host
