// Limits: the groups of an agent. One carries the bound of limit.*; in it `agent` holds the agent, `tasks`
// has a group for each command, and `left` holds what outlived its command (docs/decisions/limits.md).
//
//   bound  /jkstack/agent/<name>     values of limit.*; on v2 jkstack-<name> below the unit's own group
//     agent                          the larger CPU share, reserved memory (v2), the lower OOM score
//     tasks                          groups of commands; on v1, where each group has a file of that name,
//                                    `commands`
//     left
//
// Loop thread. Its functions block for as long as the kernel takes: states() tens of microseconds, what makes
// or removes groups some milliseconds. make_places() is for those who cannot wait.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/config.hpp"
#include "agent/limits.hpp"
#include "host/command_end.hpp"
#include "host/limits/control_group.hpp"
#include "host/limits/libcgroup.hpp"

namespace agent {

namespace host {

// What an agent that is protected against running out of memory has in /proc/self/oom_score_adj. It is not
// -1000, which would leave the kernel nobody to kill when the agent itself leaks.
inline constexpr int kAgentOomScore = -900;

// Where commands live. Values: handing on a copy makes nothing.
struct CommandPlaces {
  ControlGroup bound;
  ControlGroup tasks;  // holds groups only, no processes
  ControlGroup left;   // holds processes only
};

}  // namespace host

class Limits {
 public:
  // What apply() makes the bound with on cgroup v1, asked for once; nullptr: plain files.
  using Library = const host::LibcgroupCalls* (*)();

  // `name` of the agent. Touches nothing.
  explicit Limits(std::string name, Library library = host::libcgroup);
  ~Limits();  // release()
  Limits(const Limits&) = delete;
  Limits& operator=(const Limits&) = delete;

  // Before on_start: makes the groups and writes what is configured; without limit.* it does nothing. What
  // cannot be set is in states(), and nothing is thrown.
  void apply(const LimitConfig& limit);

  // For the groups of commands. Makes them when there are none yet. Throws Errc::refused with the reason,
  // such as "controller not mounted", where they cannot be made: again at each call, without another look.
  host::CommandPlaces places();

  // Whether places() answers at once: they are there, or it is known why they cannot be.
  bool has_places() const;

  // What makes them without holding up the loop: call `work` on another thread, then `use` on the loop while
  // this object lives. It may be asked for any number of times: they are made once, and places() waits for a
  // `work` that has begun.
  struct Making {
    std::function<void()> work;
    std::function<void()> use;
  };
  Making make_places();

  // Counts of the agent's own limits, which only grow: read before and after a command (command_end.hpp).
  host::GroupCounters counters();

  // What a command has to write into its /proc/self/oom_score_adj before its exec, so that the kernel kills
  // it before the agent: what the agent had before its own was lowered, or, where that is not allowed
  // (CAP_SYS_RESOURCE), more than the agent has. Nothing without a memory limit: it inherits the right one.
  std::optional<int> oom_score_of_commands() const;

  // All four kinds, as the kernel has them at this moment.
  std::vector<LimitState> states() const;

  // Puts back what somebody else has changed. Every kCheckInterval. True when there was something.
  bool check();

  // Moves the agent back to where it started and removes the groups, but for `left` and the bound when
  // something lives in there. Afterwards places() throws.
  void release();

  // Called when states() may have changed: by apply(), places() and check().
  std::function<void()> on_change;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace agent
