#include "commands/command_run.hpp"

#include <fmt/format.h>

#include <ctime>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/base64.hpp"
#include "agent/error.hpp"
#include "commands/command_limits.hpp"
#include "hub/ask.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;
using Clock = agent::net::Clock;

namespace {

[[noreturn]] void fail_refused(const CommandRecord& record) {
  switch (record.refusal) {
    case StartRefusal::no_limits: throw cannot_limit(record.reason);
    case StartRefusal::above_limit: throw above_limit(record.reason);
    case StartRefusal::too_many: throw Error(Errc::too_many, record.reason);
    case StartRefusal::other: break;
  }
  throw Error(Errc::refused, record.reason);
}

[[noreturn]] void fail_start(const CommandRecord& record) {
  if (record.state == command_state::failed) fail_refused(record);
  if (record.code == kCodeTimeout) throw Error(Errc::timeout, "timeout");
  throw Error(Errc::disconnected, record.reason);
}

// Raw, from the disk.
Task<std::string> read_result(std::shared_ptr<Command> command) {
  std::string data;
  while (data.size() < kResultOutputLimit) {
    const std::size_t count = kResultOutputLimit - data.size();
    std::string piece = co_await CommandOutput::read(command->output(), data.size(), count);
    if (piece.empty()) break;
    data += piece;
  }
  co_return data;
}

CommandResult result_of(const CommandRecord& record) {
  CommandResult result;
  result.copy_account(record);
  result.running = !record.is_over();
  result.code = record.is_over() ? record.code : kCodeTimeout;
  result.end = record.is_over() ? record.end : std::time(nullptr);
  result.signal = record.signal;
  result.timed_out = record.timed_out;
  result.reason = record.reason;
  return result;
}

// `bytes`: its output, as far as it is part of a result.
CommandResult take_result(Command& command, const Parting* parting, std::string_view bytes) {
  const std::uint64_t total = command.output()->spool().total();
  CommandResult result = result_of(command.record());
  result.truncated = total > bytes.size();
  if (result.truncated) result.output_size = total;
  result.data = agent::encode_base64(bytes);
  const bool is_awaited = !command.is_asynchronous() && !(parting != nullptr && parting->has_happened());
  if (is_awaited && !result.truncated && !result.running) command.deliver();
  return result;
}

}  // namespace

void Parting::concerns(const std::shared_ptr<Command>& command) {
  command_ = command;
  if (happened_) command->keep();
}

void Parting::happen() {
  happened_ = true;
  if (const std::shared_ptr<Command> command = command_.lock()) command->keep();
}

GivenCommand give_command(CommandTable& commands, CommandOrder&& order, std::shared_ptr<Parting> parting) {
  Delivery delivery(commands.create(std::move(order)));
  if (parting) parting->concerns(delivery.command());
  return {std::move(delivery), std::move(parting)};
}

bool is_starting(const Command& command) {
  if (command.is_over() || command.has_started()) return false;
  if (command.is_handed_on()) throw Error(Errc::cancelled, "server is stopping");
  return true;
}

void check_start(CommandTable& commands, const std::shared_ptr<Command>& command) {
  if (command->has_started()) return;
  const CommandRecord failed = command->record();
  if (!failed.asynchronous) commands.forget(command);
  fail_start(failed);
}

Task<std::shared_ptr<Command>> start_command(CommandTable* commands, Delivery given) {
  std::shared_ptr<Command> command = given.command();
  const Clock::time_point deadline = Clock::now() + kStartWait;
  while (is_starting(*command)) co_await command->change(deadline);
  given.drop();
  check_start(*commands, command);
  co_return command;
}

bool is_result_at_hand(const Command& command) {
  return command.is_over() && command.output()->spool().in_memory();
}

CommandResult take_result(Command& command, const Parting* parting) {
  const Spool& spool = command.output()->spool();
  return take_result(command, parting, spool.in_memory().value_or(std::string_view()));
}

Task<CommandResult> finish_command(std::shared_ptr<Command> command, std::shared_ptr<Parting> parting) {
  const Clock::time_point deadline =
      Clock::now() + std::chrono::seconds(command->record().timeout) + kEndGrace;
  while (!command->is_over() && !command->is_handed_on() && Clock::now() < deadline)
    co_await command->change(deadline);
  if (command->output()->spool().in_memory()) co_return take_result(*command, parting.get());
  const std::string raw = co_await read_result(command);
  co_return take_result(*command, parting.get(), raw);
}

Delivery::~Delivery() {
  if (!command_) return;
  Command& command = *command_;
  command.home().mailbox().run([kept = std::move(command_)] { kept->keep(); });
}

// ---------------------------------------------------------------------------------------------- kill

namespace {

// Whether the agent had such a command; one that does not say is believed to.
Task<bool> ask_to_kill(std::shared_ptr<Session> session, std::int64_t pid) {
  agent::wire::ExecKill order{.pid = pid};
  if (!session->has(agent::wire::kKillCapability)) {
    session->send(order);
    co_return true;
  }
  order.reply = true;
  Call call(std::move(session));
  call.send(order);
  const agent::Envelope reply = co_await call.next();
  co_return reply_as<agent::wire::ExecKilled>(reply).found;
}

void write_kill(Audit& audit, const Caller& caller, const std::string& agent, std::int64_t pid,
                std::string_view result) {
  audit.write({.action = "kill",
               .who = caller.who,
               .from = caller.from,
               .agent = agent,
               .command_id = {},
               .what = fmt::format("pid {}", pid),
               .result = result});
}

}  // namespace

Task<> kill_command(CommandTable* commands, std::shared_ptr<Session> session, Caller caller,
                    std::int64_t pid) {
  const std::string agent = session->id();
  try {
    const bool found = co_await ask_to_kill(std::move(session), pid);
    write_kill(commands->audit(), caller, agent, pid, found ? "sent" : "not found");
    if (found) co_return;
  } catch (const std::exception& error) {  // the order may have arrived all the same
    write_kill(commands->audit(), caller, agent, pid, error.what());
    throw;
  }
  throw Error(Errc::not_found, "pid");
}

}  // namespace server
