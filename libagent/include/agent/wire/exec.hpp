// Commands: start, output, end, kill (wire protocol, sections 6.4 and 7.1; seed 004, section 3.3).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

// The time of a command that asks for none, as in the originals.
inline constexpr std::chrono::seconds kDefaultTimeout{60};
// 31 years: a clock that counts nanoseconds can still add it to now.
inline constexpr std::chrono::seconds kLongestTimeout{1'000'000'000};

// How long a command may run that asks for so many seconds: kDefaultTimeout for 0 and less, kLongestTimeout
// for more than that. The same for the server and for the agent.
constexpr std::chrono::seconds time_limit(std::int64_t timeout) {
  if (timeout <= 0) return kDefaultTimeout;
  return std::chrono::seconds(std::min<std::int64_t>(timeout, kLongestTimeout.count()));
}

// Server to agent. Originals know everything up to `drm`; the rest they ignore.
struct Exec {
  static constexpr MessageKind message{10, "exec"};
  std::string cmd;
  std::vector<std::string> args;
  std::int64_t timeout = 0;
  std::string auth;
  std::string user;
  std::string pass;
  std::string workdir;
  std::vector<std::string> env;
  std::string drm;
  bool argv = false;
  bool pipes = false;

  static void fields(auto& field) {
    field("cmd", &Exec::cmd, "beginning of a shell command line, or the program when argv is set");
    field("args", &Exec::args, "joined onto cmd by single blanks, or the arguments when argv is set",
          omit_empty);
    field("timeout", &Exec::timeout, "seconds; 0 or less means 60");
    field("auth", &Exec::auth, "sudo, su or empty, in any case", omit_empty);
    field("user", &Exec::user, "user to run as, with auth", omit_empty);
    field("pass", &Exec::pass, "password for auth, section 3.2", FieldRules{.omit = true, .secret = true});
    field("workdir", &Exec::workdir, "working directory", omit_empty);
    field("env", &Exec::env, "KEY=value entries added to the agent's environment", omit_empty);
    field("drm", &Exec::drm, "file to delete after the run", omit_empty);
    field("argv", &Exec::argv, "start cmd with args as they are, without a shell", omit_empty);
    field("pipes", &Exec::pipes, "run it without a terminal", omit_empty);
  }
};

struct Execd {
  static constexpr MessageKind message{11, "execd"};
  bool ok = false;
  std::string msg;
  std::int64_t pid = 0;
  Time time;
  bool too_many = false;  // ours: originals neither send nor read it

  static void fields(auto& field) {
    field("ok", &Execd::ok, "started");
    field("msg", &Execd::msg, "why not", omit_empty);
    field("pid", &Execd::pid, "process id, 0 on failure");
    field("t", &Execd::time, "when the request was accepted");
    field("too_many", &Execd::too_many, "only refused because as many run and wait as may: ask again later",
          omit_empty);
  }
};

struct ExecData {
  static constexpr MessageKind message{12, "exec_data"};
  std::string data;

  static void fields(auto& field) { field("data", &ExecData::data, "output in base64, at most 64 KiB raw"); }
};

struct ExecDone {
  static constexpr MessageKind message{13, "exec_done"};
  std::int64_t code = 0;
  Time time;
  std::int64_t signal = 0;
  bool timed_out = false;
  std::string reason;

  static void fields(auto& field) {
    field("code", &ExecDone::code, "exit status, -1 when ended by a signal");
    field("t", &ExecDone::time, "when it ended");
    field("signal", &ExecDone::signal, "the signal that ended it", omit_empty);
    field("timed_out", &ExecDone::timed_out, "ended by its timeout", omit_empty);
    field("reason", &ExecDone::reason, "why the agent ended it, when nobody asked for that", omit_empty);
  }
};

struct ExecKill {
  static constexpr MessageKind message{14, "exec_kill"};
  std::int64_t pid = 0;
  bool reply = false;

  static void fields(auto& field) {
    field("pid", &ExecKill::pid, "a process this agent started; else ignored");
    field("reply", &ExecKill::reply, "answer it; only with the capability kill", omit_empty);
  }
};

// Capability: an agent answers an ExecKill that asks for it (docs/wire.md, "Capabilities"). Ours.
inline constexpr std::string_view kKillCapability = "kill";

struct ExecKilled {
  static constexpr MessageKind message{10102, "exec_killed"};
  bool found = false;

  static void fields(auto& field) {
    field("found", &ExecKilled::found, "a command of this process id was running, and has been told to end");
  }
};

}  // namespace agent::wire
