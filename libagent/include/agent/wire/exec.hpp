// Commands: start, output, end, kill (docs/wire.md, "Messages", 10 to 14).
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/limits.hpp"
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

// Capability: an agent obeys the limits of an Exec or refuses it, says in ExecDone why a command ended and
// what it cost, and in its self-report whether its own limits hold (docs/wire.md, "Capabilities"). Ours.
inline constexpr std::string_view kLimitsCapability = "limits";

// What a command may use; see agent::CommandLimits. Ours, only to agents with the capability `limits`.
struct CommandLimits {
  std::optional<std::uint32_t> cpu_percent;
  std::optional<std::uint64_t> memory;
  std::optional<std::uint32_t> pids;
  std::optional<std::uint64_t> cpu_seconds;

  bool any() const { return cpu_percent || memory || pids || cpu_seconds; }
  bool operator==(const CommandLimits&) const = default;

  static void fields(auto& field) {
    field("cpu_percent", &CommandLimits::cpu_percent, "CPU time per time, 100 = one core", omit_empty);
    field("memory", &CommandLimits::memory, "bytes, with swap", omit_empty);
    field("pids", &CommandLimits::pids, "processes and threads at a time", omit_empty);
    field("cpu_seconds", &CommandLimits::cpu_seconds, "CPU time of all its processes together", omit_empty);
  }
};
inline bool is_empty(const CommandLimits& limits) { return !limits.any(); }

inline CommandLimits to_wire(const agent::CommandLimits& limits) {
  CommandLimits out{limits.cpu_percent, {}, limits.pids, limits.cpu_seconds};
  if (limits.memory) out.memory = limits.memory->value;
  return out;
}
inline agent::CommandLimits from_wire(const CommandLimits& limits) {
  agent::CommandLimits out{limits.cpu_percent, {}, limits.pids, limits.cpu_seconds};
  if (limits.memory) out.memory = Bytes{*limits.memory};
  return out;
}

// Capability: an agent gives a command input that comes later, and a terminal of the caller's size with a
// person at it (docs/wire.md, "Capabilities"). Only together with `ack`. Ours.
inline constexpr std::string_view kTermCapability = "term";

// Input that an agent takes without having said so: what a person or a program types in a round trip.
inline constexpr std::size_t kInputWindow = 64 * 1024;
// A terminal has from one to so many rows and columns.
inline constexpr std::uint32_t kMostCells = 4096;

struct TerminalCells {
  std::uint32_t rows = 24;
  std::uint32_t cols = 80;
  bool operator==(const TerminalCells&) const = default;

  static void fields(auto& field) {
    field("rows", &TerminalCells::rows, "height, 1 to 4096");
    field("cols", &TerminalCells::cols, "width, 1 to 4096");
  }
};

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
  CommandLimits limits{};
  std::uint32_t brief = 0;
  std::string first_input;
  bool input = false;
  std::optional<TerminalCells> terminal;

  static void fields(auto& field) {
    field("cmd", &Exec::cmd, "beginning of a shell command line, or the program when argv is set");
    field("args", &Exec::args, "joined onto cmd by single blanks, or the arguments when argv is set",
          omit_empty);
    field("timeout", &Exec::timeout, "seconds; 0 or less means 60");
    field("auth", &Exec::auth, "sudo, su or empty, in any case", omit_empty);
    field("user", &Exec::user, "user to run as, with auth", omit_empty);
    field("pass", &Exec::pass, "password for auth, encrypted as agent/password.hpp has it",
          FieldRules{.omit = true, .secret = true});
    field("workdir", &Exec::workdir, "working directory", omit_empty);
    field("env", &Exec::env, "KEY=value entries added to the agent's environment", omit_empty);
    field("drm", &Exec::drm, "file to delete after the run", omit_empty);
    field("argv", &Exec::argv, "start cmd with args as they are, without a shell", omit_empty);
    field("pipes", &Exec::pipes, "run it without a terminal", omit_empty);
    field("limits", &Exec::limits, "what it may use; only with the capability limits", omit_empty);
    field("brief", &Exec::brief,
          "milliseconds within which ExecWhole may answer; only with the capability brief", omit_empty);
    field("stdin", &Exec::first_input, "its input, or the beginning of it, in base64; only with term",
          omit_empty);
    field("input", &Exec::input, "more input may follow in ExecInput; only with term", omit_empty);
    field("terminal", &Exec::terminal,
          "on a terminal of this size, for a person; without a cmd a login shell; only with term",
          omit_empty);
  }
};

struct Execd {
  static constexpr MessageKind message{11, "execd"};
  bool ok = false;
  std::string msg;
  std::int64_t pid = 0;
  Time time;
  bool too_many = false;  // ours, as the two behind it: originals neither send nor read them
  bool no_limits = false;
  bool above_limit = false;

  static void fields(auto& field) {
    field("ok", &Execd::ok, "started");
    field("msg", &Execd::msg, "why not", omit_empty);
    field("pid", &Execd::pid, "process id, 0 on failure");
    field("t", &Execd::time, "when the request was accepted");
    field("too_many", &Execd::too_many, "only refused because as many run and wait as may: ask again later",
          omit_empty);
    field("no_limits", &Execd::no_limits,
          "refused because the agent cannot limit commands, for the reason in msg", omit_empty);
    field("above_limit", &Execd::above_limit,
          "refused because of a limit that is out of bounds; msg names both", omit_empty);
  }
};

struct ExecData {
  static constexpr MessageKind message{12, "exec_data"};
  std::string data;

  static void fields(auto& field) { field("data", &ExecData::data, "output in base64, at most 64 KiB raw"); }
};

// What a command cost, as its group counted it. A figure that nobody counted is left out, and so is one that
// cannot be read: the end of a command does not depend on its bill.
struct CommandUsage {
  std::optional<double> cpu_seconds;
  std::optional<std::uint64_t> peak_memory;
  std::optional<std::uint64_t> read_bytes;
  std::optional<std::uint64_t> written_bytes;
  std::optional<std::uint64_t> peak_pids;

  bool any() const { return cpu_seconds || peak_memory || read_bytes || written_bytes || peak_pids; }
  bool operator==(const CommandUsage&) const = default;

  static void fields(auto& field) {
    field("cpu_seconds", &CommandUsage::cpu_seconds, "CPU time of all its processes", lenient);
    field("peak_memory", &CommandUsage::peak_memory, "most memory of its processes at a time, bytes",
          lenient);
    field("read_bytes", &CommandUsage::read_bytes, "read from disks", lenient);
    field("written_bytes", &CommandUsage::written_bytes, "written to disks", lenient);
    field("peak_pids", &CommandUsage::peak_pids, "most processes and threads at a time", lenient);
  }
};
inline bool is_empty(const CommandUsage& usage) { return !usage.any(); }

struct ExecDone {
  static constexpr MessageKind message{13, "exec_done"};
  std::int64_t code = 0;
  Time time;
  std::int64_t signal = 0;
  bool timed_out = false;
  std::string reason;
  std::string ended_by;  // ours, from here on: only of agents with the capability `limits`
  std::string bound;
  bool pids = false;
  std::uint64_t oom_kills = 0;
  CommandUsage usage{};

  static void fields(auto& field) {
    field("code", &ExecDone::code, "exit status, -1 when ended by a signal");
    field("t", &ExecDone::time, "when it ended");
    field("signal", &ExecDone::signal, "the signal that ended it", omit_empty);
    field("timed_out", &ExecDone::timed_out, "ended by its timeout", omit_empty);
    field("reason", &ExecDone::reason, "why the agent ended it, when nobody asked for that", omit_empty);
    field("ended_by", &ExecDone::ended_by, "memory, cpu_seconds, timeout or killed; nothing for itself",
          lenient);
    field("bound", &ExecDone::bound, "whose limit it met: command, agent or host", lenient);
    field("pids", &ExecDone::pids, "a fork was refused by a limit", lenient);
    field("oom_kills", &ExecDone::oom_kills, "processes of it that were killed for memory", lenient);
    field("usage", &ExecDone::usage, "what it cost, if it had a group of its own", lenient);
  }
};

// Capability: an agent answers an Exec that asks for it with one message if the command is short, and knows
// Settled (docs/wire.md, "Capabilities"). Ours.
inline constexpr std::string_view kBriefCapability = "brief";

// Instead of Execd, ExecData and ExecDone of a command that ended within Exec::brief.
struct ExecWhole : ExecDone {
  static constexpr MessageKind message{10106, "exec_whole"};
  std::int64_t pid = 0;
  Time begin;
  std::string data;

  static void fields(auto& field) {
    field("pid", &ExecWhole::pid, "process id");
    field("begin", &ExecWhole::begin, "when the request was accepted");
    field("data", &ExecWhole::data, "all of the output in base64", omit_empty);
    ExecDone::fields(field);
  }
};

// Server to agent, under the tid of a command; only with the capability term. Bytes are numbered from 0 for
// the life of the command, so that they may be sent again.
struct ExecInput {
  static constexpr MessageKind message{10108, "exec_input"};
  std::uint64_t offset = 0;
  std::string data;
  bool end = false;
  std::optional<TerminalCells> size;
  std::string signal;

  static void fields(auto& field) {
    field("offset", &ExecInput::offset, "number of the first byte");
    field("data", &ExecInput::data, "input in base64", omit_empty);
    field("end", &ExecInput::end, "no input follows", omit_empty);
    field("size", &ExecInput::size, "the terminal has this size now", omit_empty);
    field("signal", &ExecInput::signal, "INT, TERM, HUP, QUIT, KILL, USR1, USR2, TSTP or CONT for what runs",
          omit_empty);
  }
};

// Agent to server, under the tid of the command, without a number: what became of its input.
struct ExecTaken {
  static constexpr MessageKind message{10109, "exec_taken"};
  std::uint64_t got = 0;
  std::uint64_t until = 0;
  bool closed = false;

  static void fields(auto& field) {
    field("got", &ExecTaken::got, "bytes of input that have arrived");
    field("until", &ExecTaken::until, "bytes of input that may have been sent");
    field("closed", &ExecTaken::closed, "nobody reads it any more: what follows is dropped", omit_empty);
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
