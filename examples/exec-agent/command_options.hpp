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
    field("exec.max_running", &CommandRules::max_running, "commands that run at once",
          FieldRules{.min = "1", .max = "10000"});
    field("exec.max_waiting", &CommandRules::max_waiting,
          "further commands that wait for their turn; what is beyond is refused",
          FieldRules{.max = "100000"});
    field("exec.users", &CommandRules::users,
          "users as whom commands may run by sudo or su; empty: all of them");
    field("exec.charset", &CommandRules::charset,
          "character set of the commands' output, such as GBK, which is converted to UTF-8; empty: the bytes "
          "stay as they are");
    field("exec.limit", &CommandRules::limit);
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
