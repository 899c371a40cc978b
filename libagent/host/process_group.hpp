// ProcessGroup: the processes of one command, however the system finds them.
//
// It stands between those who run commands and the ways to find what a command has started: by looking
// through all processes (scanned_groups.hpp), by a cgroup (command_group.hpp), by a Job object. Loop thread.
#pragma once

#include <string>
#include <vector>

namespace agent::host {

class CommandMeter;

class ProcessGroup {
 public:
  ProcessGroup() = default;
  virtual ~ProcessGroup() = default;
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  // "KEY=value" for the environment of everything in the group; no other command of any program has it.
  virtual const std::string& mark() const = 0;

  // Makes the group on the system, once and before what follows; any thread. Throws Errc::refused with the
  // reason; nothing is left of it then.
  virtual void make() {}
  // Whether make(), entering it and let_go() wait for the kernel, some milliseconds: that is for another
  // thread than the loop's (work_thread.hpp), while nothing else is called.
  virtual bool is_slow() const { return false; }

  // Files to which a child writes "0" before its program begins, so that it is a member from then on. They
  // stay open until add(). None: it becomes a member by add().
  virtual std::vector<int> entrances() const { return {}; }

  // The directory of a group of cgroup v2 in which a child can begin; then the last entrance is for those
  // that do not. It stays open as they do. -1: none.
  virtual int birthplace() const { return -1; }

  // The command has begun with the process `pid`, whose session is `session`. Once, and before what follows.
  virtual void add(int pid, int session) = 0;

  // Sends the signal to all members that there are now, and wakes those that are stopped: they would not
  // notice it.
  virtual void signal(int number) = 0;

  // Kills all members that there are now. Others may appear meanwhile, so this is repeated until gone().
  virtual void kill() = 0;

  // Whether the last kill() has shown that there are no members any more.
  virtual bool gone() const = 0;

  // Whether kill() needs a look through all processes before (ScannedGroups::look).
  virtual bool is_scanned() const { return false; }

  // The first process has been collected: its id may be somebody else's from now on.
  virtual void first_collected() {}

  // Nobody will signal or kill any more: members that live on do so elsewhere, and the group is removed.
  // False: it is busy, to be called again later.
  virtual bool let_go() { return true; }

  // Counts what the members use; nullptr where nobody does.
  virtual CommandMeter* meter() { return nullptr; }
};

}  // namespace agent::host
