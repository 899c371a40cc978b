// CommandAccount: why a command ended and what it cost, as its agent says (capability `limits`,
// docs/wire.md). Part of records, results and nodes of layouts, whose field lists include its own. A value.
#pragma once

#include <cstdint>
#include <string>

#include "agent/fields.hpp"
#include "agent/wire/exec.hpp"

namespace server {

struct CommandAccount {
  std::string ended_by;  // "memory", "cpu_seconds", "timeout", "killed"; "" = by itself, or nobody knows
  std::string bound;     // "command", "agent", "host"; "" = no limit was met
  bool pids = false;
  std::uint64_t oom_kills = 0;
  agent::wire::CommandUsage usage{};

  // Takes this part over from another struct that has it.
  void copy_account(const CommandAccount& from) { *this = from; }

  static void fields(auto& field) {
    using agent::omit_empty;
    field("ended_by", &CommandAccount::ended_by, "memory, cpu_seconds, timeout or killed; absent: by itself",
          omit_empty);
    field("bound", &CommandAccount::bound, "whose limit was met: command, agent or host", omit_empty);
    field("pids", &CommandAccount::pids, "a limit refused a fork, whatever the exit code", omit_empty);
    field("oom_kills", &CommandAccount::oom_kills, "processes of it that were killed for memory", omit_empty);
    field("usage", &CommandAccount::usage, "what it cost, if it had a group of its own", omit_empty);
  }
};

// What `done` says, as far as it can be: words that are unknown and figures that no machine has are left out.
// A timeout is told by agents without the capability, too.
CommandAccount account_of(const agent::wire::ExecDone& done);

// ", ended by memory"; "" for a command that ended by itself.
std::string ended_by_text(const CommandAccount& account);

}  // namespace server
