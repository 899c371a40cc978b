// CommandRecord: what is known of one command, as the API shows it. StoredCommand: the same with what only
// the server may know, as it is stored. Values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/fields.hpp"
#include "agent/wire/exec.hpp"
#include "commands/command_account.hpp"

namespace server {

// The originals' codes of commands that did not end by themselves (wire protocol, 7.1), and one of ours.
inline constexpr std::int64_t kCodeTimeout = -65535;
inline constexpr std::int64_t kCodeProtocol = -65534;
inline constexpr std::int64_t kCodeLost = -65533;

// States: "starting" (sent, not answered), "running", "away" (the agent is, the command goes on), "done"
// (has an exit code), "failed" (did not start), "lost" (nobody knows how it ended).
namespace command_state {
inline constexpr std::string_view starting = "starting";
inline constexpr std::string_view running = "running";
inline constexpr std::string_view away = "away";
inline constexpr std::string_view done = "done";
inline constexpr std::string_view failed = "failed";
inline constexpr std::string_view lost = "lost";
}  // namespace command_state
inline constexpr std::array<std::string_view, 6> kCommandStates{
    command_state::starting, command_state::running, command_state::away,
    command_state::done,     command_state::failed,  command_state::lost};

// Why an agent did not start a command, as far as it makes a difference to whoever waits for the start.
enum class StartRefusal { other, too_many, no_limits, above_limit };

struct CommandRecord : CommandAccount {
  std::string id;
  std::string agent;
  std::string owner;
  std::string from;
  std::string command;
  std::string state{command_state::starting};
  std::string reason;
  std::int64_t timeout = 0;
  std::int64_t pid = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t expires = 0;
  std::int64_t code = 0;
  std::int64_t signal = 0;
  bool timed_out = false;
  bool truncated = false;
  std::uint64_t output_size = 0;
  std::uint64_t kept_size = 0;
  bool acknowledged = false;
  bool asynchronous = false;
  bool input = false;
  bool terminal = false;
  bool recorded = false;
  agent::wire::CommandLimits limits{};
  StartRefusal refusal = StartRefusal::other;  // neither shown nor stored

  bool is_over() const {
    return state == command_state::done || state == command_state::failed || state == command_state::lost;
  }

  static void fields(auto& field) {
    using agent::omit_empty;
    field("id", &CommandRecord::id, "task id, also the tid of its messages");
    field("agent", &CommandRecord::agent, "agent id");
    field("owner", &CommandRecord::owner, "name of the token that started it, empty without authentication");
    field("from", &CommandRecord::from, "address of the client that started it", omit_empty);
    field("command", &CommandRecord::command, "what runs, credentials masked");
    field("state", &CommandRecord::state, "starting, running, away, done, failed or lost");
    field("reason", &CommandRecord::reason, "why it failed or was lost", omit_empty);
    field("timeout", &CommandRecord::timeout, "seconds that it may run");
    field("pid", &CommandRecord::pid, "process id on the agent's machine, once it runs", omit_empty);
    field("begin", &CommandRecord::begin, "Unix seconds of its start", omit_empty);
    field("end", &CommandRecord::end, "Unix seconds of its end", omit_empty);
    field("expires", &CommandRecord::expires,
          "Unix seconds from which on it may be forgotten, once it is over", omit_empty);
    field("code", &CommandRecord::code,
          "exit code; -1 by a signal, -65533 lost, -65534 protocol, -65535 timeout");
    field("signal", &CommandRecord::signal, "the signal that ended it", omit_empty);
    field("timed_out", &CommandRecord::timed_out, "ended by its timeout", omit_empty);
    CommandAccount::fields(field);
    field("limits", &CommandRecord::limits, "what it may use, as it was asked for", omit_empty);
    field("truncated", &CommandRecord::truncated, "not all of its output was kept");
    field("output_size", &CommandRecord::output_size, "bytes that it wrote");
    field("kept_size", &CommandRecord::kept_size, "bytes of them that can be read");
    field("acknowledged", &CommandRecord::acknowledged, "it survives a lost connection (capability ack)");
    field("asynchronous", &CommandRecord::asynchronous, "started with result = false");
    field("input", &CommandRecord::input, "it takes input while it runs", omit_empty);
    field("terminal", &CommandRecord::terminal, "it is on a terminal for a person", omit_empty);
    field("recorded", &CommandRecord::recorded, "its terminal is recorded", omit_empty);
  }
};

// Which agent process a command was given to, and which may have it back. No reply has it: anybody who knows
// an agent's instance could pass for its process.
struct StoredCommand : CommandRecord {
  std::string instance;  // of the agent's process, "" for those that have none
  std::string token;     // name of the token that the agent came with, "" without one
  std::string
      output;  // all of it in base64, of a command that is over and wrote little; else it is in a file

  // Whether an agent of its id may have it back: the same process, or one with a token of the same name,
  // which is everybody where no tokens are asked for.
  bool was_given_to(std::string_view to_instance, std::string_view to_token) const {
    return token == to_token || (!instance.empty() && instance == to_instance);
  }

  static void fields(auto& field) {
    using agent::omit_empty;
    CommandRecord::fields(field);
    field("instance", &StoredCommand::instance, "process of the agent that it was given to", omit_empty);
    field("token", &StoredCommand::token, "name of the token that the agent came with", omit_empty);
    field("output", &StoredCommand::output, "small output in base64", omit_empty);
  }
};

}  // namespace server
