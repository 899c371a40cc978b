// RunningCommand: a process in the table of those that a server may kill. Loop thread.
#pragma once

#include <agent/process.hpp>
#include <cstdint>
#include <memory>
#include <unordered_map>

class RunningCommand;

// By process id. What has ended stays until its output has been sent; the id may be in use again by then.
using CommandTable = std::unordered_multimap<std::int64_t, RunningCommand*>;

class RunningCommand {
 public:
  // Takes over a process that has started.
  RunningCommand(CommandTable& table, std::unique_ptr<agent::Process> started);
  ~RunningCommand();  // kills it if it has not ended
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

  agent::Process& process() { return *process_; }

 private:
  std::unique_ptr<agent::Process> process_;
  CommandTable& table_;
  CommandTable::iterator place_;
};

// False when no command of this id runs, nor has anything left that could be ended (Process::kill_tree).
bool kill_command(const CommandTable& table, std::int64_t pid);
