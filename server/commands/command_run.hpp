// What a front end does with commands: starts one, waits for its end, kills it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/fields.hpp"
#include "agent/task.hpp"
#include "commands/command_order.hpp"
#include "commands/command_table.hpp"

namespace server {

// Output beyond this is not part of a result, which is held in memory: it can be read by the command's id.
inline constexpr std::size_t kResultOutputLimit = 16 * 1024 * 1024;

// Parting: makes a command last whose caller may have left while it waits, which shows when a client shuts
// its sending half. On the command's loop, to which the caller's connection has come.
class Parting {
 public:
  // The command that the caller waits for.
  void concerns(const std::shared_ptr<Command>& command);
  // The caller may have left. Once.
  void happen();
  bool has_happened() const { return happened_; }

 private:
  bool happened_ = false;
  std::weak_ptr<Command> command_;
};

// What became of a command, as far as it is known.
struct CommandResult : CommandAccount {
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
    field("running", &CommandResult::running, "it has not ended yet");
    field("code", &CommandResult::code,
          "exit code; -1 by a signal, -65533 lost, -65534 protocol, -65535 not ended in time");
    field("end", &CommandResult::end, "Unix seconds of its end");
    field("data", &CommandResult::data, "output in base64", omit_empty);
    field("signal", &CommandResult::signal, "the signal that ended it", omit_empty);
    field("timed_out", &CommandResult::timed_out, "the agent ended it because of its timeout", omit_empty);
    CommandAccount::fields(field);
    field("reason", &CommandResult::reason, "why there is no exit code", omit_empty);
    field("truncated", &CommandResult::truncated, "data is not all of the output", omit_empty);
    field("output_size", &CommandResult::output_size, "bytes of all of the output, when truncated",
          omit_empty);
  }
};

// A command whose result is on its way to whoever waits for it: unless it arrives, it is kept. Any thread.
class Delivery {
 public:
  Delivery() = default;
  explicit Delivery(std::shared_ptr<Command> command) : command_(std::move(command)) {}
  ~Delivery();
  Delivery(Delivery&&) = default;
  Delivery& operator=(Delivery&& other) noexcept {
    command_.swap(other.command_);
    return *this;
  }

  // `result` goes out to somebody who is still there. A command that still runs, or whose result is not all
  // of it, is kept all the same.
  void deliver(const CommandResult& result) {
    if (!result.truncated && !result.running) drop();
  }
  // There is nothing to keep.
  void drop() { command_.reset(); }
  const std::shared_ptr<Command>& command() const { return command_; }

 private:
  std::shared_ptr<Command> command_;
};

// All that follows is called on the shard of the agent.

// A new command on its way to its agent, and the caller that waits for it.
struct GivenCommand {
  Delivery delivery;
  std::shared_ptr<Parting> parting;  // null: nobody waits for its end
};

// Makes a command and gives it to its agent. An order is large: the coroutines below do without it. Throws
// too_many, OrderError too_large, LimitError.
GivenCommand give_command(CommandTable& commands, CommandOrder&& order,
                          std::shared_ptr<Parting> parting = nullptr);

// The command, once the agent has started it. Throws refused with the agent's reason, too_many, LimitError,
// timeout, disconnected, cancelled when the server stops.
agent::Task<std::shared_ptr<Command>> start_command(CommandTable* commands, Delivery given);

// The same for a coroutine that waits by itself, at most kStartWait at a time, for Command::change() while
// the command is starting. Both throw what start_command() does.
inline constexpr std::chrono::seconds kStartWait = kStartLimit + kEndGrace;
bool is_starting(const Command& command);
void check_start(CommandTable& commands, const std::shared_ptr<Command>& command);

// Waits for its end, at most as long as it may take or this server runs, and takes its output along
// in base64. A whole result of a command that was waited for is delivered with that, unless its caller has
// left: the command is one of the recent ones. The caller has a Delivery of it.
agent::Task<CommandResult> finish_command(std::shared_ptr<Command> command,
                                          std::shared_ptr<Parting> parting = nullptr);
// Whether finish_command() has nothing to wait for; take_result() is that without a coroutine.
bool is_result_at_hand(const Command& command);
CommandResult take_result(Command& command, const Parting* parting);

// Ends the process `pid` of the session's agent and everything that it started, for `caller`; the audit log
// says so. Throws not_found "pid" when the agent says that it runs no such command,
// which originals do not, and what Call::next() throws.
agent::Task<> kill_command(CommandTable* commands, std::shared_ptr<Session> session, Caller caller,
                           std::int64_t pid);

}  // namespace server
