// What a request and the configuration say about a command.
#pragma once

#include <agent/agent.hpp>
#include <agent/process.hpp>
#include <agent/wire/exec.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "limit_rules.hpp"

// What the configuration says.
struct CommandRules {
  std::uint32_t max_running = 64;
  std::uint32_t max_waiting = 1000;
  std::vector<std::string> users;
  std::string charset;
  LimitRules limit;

  static void fields(auto& field) {
    using agent::FieldRules;
    field("exec.max_running", &CommandRules::max_running, "number of commands that run at a time",
          FieldRules{.min = "1", .max = "10000", .category = "commands"});
    field("exec.max_waiting", &CommandRules::max_waiting,
          "number of further commands that queue; more are refused",
          FieldRules{.max = "100000", .category = "commands"});
    field("exec.users", &CommandRules::users,
          "users that commands may become by sudo or su; empty: all users",
          FieldRules{.category = "commands"});
    field("exec.charset", &CommandRules::charset,
          "character set of the output of commands, such as GBK; it is converted to UTF-8; empty: the bytes "
          "stay as they are",
          FieldRules{.category = "commands"});
    field("exec.limit", &CommandRules::limit, "", FieldRules{.category = "command_limits"});
  }
  void check(agent::Settings& settings) const;
};

struct CommandOptions {
  agent::ProcessOptions process;
  bool insecure_password = false;  // came in a form of the originals
};

// The one place where a request becomes a process. Throws Errc::bad_message for an unknown `auth`, a missing
// user and a password that cannot be read, Errc::denied for a user that the rules do not name. What the
// command may use is not among it: LimitRules::grant().
CommandOptions make_options(agent::wire::Exec request, const CommandRules& rules);
