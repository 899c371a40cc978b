// What a client may ask to run, and how its result looks (reference HTTP API, A.2 exec).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/json.hpp"
#include "commands/command_table.hpp"
#include "http/request.hpp"

namespace server {

// The body of POST /api/exec/{id}/run.
struct ExecOrder {
  bool result = true;
  std::string cmd;
  std::vector<std::string> args;
  std::string auth;
  std::string user;
  std::string pass;
  std::string workdir;
  std::vector<std::string> env;
  std::int64_t timeout = kDefaultTimeout.count();
  bool argv = false;
  bool pipes = false;

  static void fields(auto& field) {
    using agent::omit_empty;
    field("result", &ExecOrder::result, "wait for the end and answer with code and output (default true)");
    field("cmd", &ExecOrder::cmd, "beginning of a shell command line, or the program when argv is set");
    field("args", &ExecOrder::args, "joined onto cmd by single blanks, or the arguments when argv is set");
    field("auth", &ExecOrder::auth, "sudo or su, to become user");
    field("user", &ExecOrder::user, "whom to become, with auth");
    field("pass", &ExecOrder::pass, "password for auth, where the agent is asked for one; never logged");
    field("workdir", &ExecOrder::workdir, "working directory");
    field("env", &ExecOrder::env, "KEY=value entries added to the agent's environment");
    field("timeout", &ExecOrder::timeout, "seconds, 0 or less means 60, at most 1000000000");
    field("argv", &ExecOrder::argv, "start cmd with args as they are, without a shell");
    field("pipes", &ExecOrder::pipes, "with pipes in place of a terminal: lines end as they were written");
  }
};

// Throws RequestError in the originals' words.
ExecOrder read_order(agent::json::Value body);

// "sudo", "su", in any case, or "", as it is. Anything else is a RequestError: taken for neither it would run
// as the agent's own user, who is mostly root.
std::string checked_auth(const std::string& text);
// Without `auth` nobody becomes `user`, and no password is asked for: whoever names them is told that they
// are ignored.
void note_unused_user(Request& request, const std::string& auth, const std::string& user,
                      const std::string& pass);

// Who asks.
struct Caller {
  std::string who;   // name of the token
  std::string from;  // address
};

// The command that it makes on `agent`.
CommandOrder command_order(ExecOrder order, std::string agent, Caller caller);

// What became of a command, as far as it is known.
struct ExecResult {
  bool running = false;
  std::int64_t code = 0;
  std::int64_t end = 0;
  std::string data;
  std::int64_t signal = 0;
  bool timed_out = false;
  std::string reason;
  bool truncated = false;
  std::uint64_t output_size = 0;

  static void fields(auto& field) {
    using agent::omit_empty;
    field("running", &ExecResult::running, "it has not ended yet");
    field("code", &ExecResult::code,
          "exit code; -1 by a signal, -65533 lost, -65534 protocol, -65535 not ended in time");
    field("end", &ExecResult::end, "Unix seconds of its end");
    field("data", &ExecResult::data, "output in base64", omit_empty);
    field("signal", &ExecResult::signal, "the signal that ended it", omit_empty);
    field("timed_out", &ExecResult::timed_out, "the agent ended it because of its timeout", omit_empty);
    field("reason", &ExecResult::reason, "why there is no exit code", omit_empty);
    field("truncated", &ExecResult::truncated, "data is not all of the output", omit_empty);
    field("output_size", &ExecResult::output_size, "bytes of all of the output, when truncated", omit_empty);
  }
};

}  // namespace server
