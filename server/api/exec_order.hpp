// What a client may ask to run over HTTP (reference HTTP API, A.2 exec), and who asks.
#pragma once

#include <memory>
#include <string_view>

#include "agent/json.hpp"
#include "agent/limits.hpp"
#include "agent/wire/exec.hpp"
#include "commands/command_order.hpp"
#include "commands/command_run.hpp"
#include "http/request.hpp"

namespace server {

// What the limits of a command are, in bodies and forms.
inline constexpr std::string_view kCpuPercentText = "CPU time per time of all its processes, 100 = one core";
inline constexpr std::string_view kMemoryText = "bytes with swap, or a text such as 64M; at least 1 MiB";
inline constexpr std::string_view kPidsText = "processes and threads at a time";
inline constexpr std::string_view kCpuSecondsText = "CPU time of all its processes together, seconds";

// Bytes of input that come with the request.
inline constexpr std::size_t kFirstInputLimit = 1024 * 1024;

// `stdin`: the input itself, or true: it comes later, by the task's terminal route.
struct InputOrder {
  std::string text;
  bool follows = false;
  bool is_given = false;
};
void read_json(agent::json::Value value, InputOrder& out);

// The body of POST /api/exec/{id}/run.
struct ExecOrder : agent::wire::Exec, agent::CommandLimits {
  bool result = true;
  InputOrder typed{};
  std::string key{};

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
    field(
        "stdin", &ExecOrder::typed,
        "its input as a text of at most 1 MiB; or true: input comes by the task's terminal route, and result "
        "is false. It implies pipes unless there is a terminal");
    field("terminal", &ExecOrder::terminal,
          "run it on a terminal of this size, for a person; without cmd a login shell. result is false then, "
          "and timeout a day unless it is given");
    field(
        "key", &ExecOrder::key,
        "with result = false: the client's own name for this order, at most 64 letters, digits and '-'. An order that comes "
        "again under it does not run again, and is answered with the first one's task");
    field("cpu_percent", &ExecOrder::cpu_percent, kCpuPercentText);
    field("memory", &ExecOrder::memory, kMemoryText);
    field("pids", &ExecOrder::pids, kPidsText);
    field("cpu_seconds", &ExecOrder::cpu_seconds, kCpuSecondsText);
  }
};

// Throws RequestError and OrderError in the originals' words.
ExecOrder read_order(agent::json::Value body);

// Without `auth` nobody becomes `user`, and no password is asked for: whoever names them is told that they
// are ignored.
void note_unused_user(Request& request, const agent::wire::Exec& exec);

Caller caller_of(const Request& request);
// That of the client of `request`, on whose loop it is called. Once per request.
std::shared_ptr<Parting> parting_of(Request& request);

}  // namespace server
