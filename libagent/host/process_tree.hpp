// Which processes belong to a command. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/process_table.hpp"

namespace agent::host {

// A command as it can be recognised later: its first process, its session, and the entry that it put into the
// environment of everything it started.
struct ProcessTree {
  int root = 0;
  int session = 0;  // led by the root, or on a terminal by a process that outlives it (spawn.hpp)
  std::string mark;
};

// Everything below `pid` by the chain of parents, without itself.
std::vector<ProcessEntry> descendants_of(const std::vector<ProcessEntry>& table, int pid);

// What this program started outside of its own session, and everything below: all commands, and what ended
// ones have left behind.
std::vector<ProcessEntry> all_commands(const std::vector<ProcessEntry>& table, int own_pid);

// The processes of one tree: its root, its session, orphans that came to us and have its mark, and everything
// below these. Only descendants of `own_pid` are ever among them.
using HasMark = std::function<bool(int pid, const std::string& mark)>;
std::vector<ProcessEntry> members_of(const ProcessTree& tree, const std::vector<ProcessEntry>& table,
                                     int own_pid, const HasMark& has_mark);

}  // namespace agent::host
