// RunningCommand: a process in the table of those that a server may kill. Loop thread.
#pragma once

#include <agent/process.hpp>
#include <cstdint>
#include <unordered_map>

class RunningCommand;

// By process id. What has ended stays until its output has been sent; the id may be in use again by then.
using CommandTable = std::unordered_multimap<std::int64_t, RunningCommand*>;

class RunningCommand {
 public:
  // Starts it. Throws as Process does.
  RunningCommand(CommandTable& table, agent::ChildReaper& reaper, agent::ProcessOptions options);
  ~RunningCommand();  // kills it if it has not ended
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

  agent::Process process;

 private:
  CommandTable& table_;
  CommandTable::iterator place_;
};

// False when no command of this id runs, nor has anything left that could be ended (Process::kill_tree).
bool kill_command(const CommandTable& table, std::int64_t pid);
