#include "api/exec_run.hpp"

#include <asio/this_coro.hpp>
#include <utility>

#include "agent/error.hpp"
#include "commands/run_on.hpp"
#include "hub/refusal.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::Task;
using Clock = agent::net::Clock;

namespace {

[[noreturn]] void fail_start(const CommandRecord& record) {
  if (record.state == command_state::failed) throw refusal(record.reason);
  if (record.code == kCodeTimeout) throw Error(Errc::timeout, "timeout");
  throw Error(Errc::disconnected, record.reason);
}

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

ExecResult result_of(const CommandRecord& record) {
  ExecResult result;
  result.running = !record.is_over();
  result.code = record.is_over() ? record.code : kCodeTimeout;
  result.end = record.is_over() ? record.end : std::time(nullptr);
  result.signal = record.signal;
  result.timed_out = record.timed_out;
  result.reason = record.reason;
  return result;
}

}  // namespace

std::shared_ptr<Parting> Parting::of(Request& request) {
  auto parting = std::make_shared<Parting>();
  request.when_parted([parting] { parting->happen(); });
  return parting;
}

void Parting::concerns(const std::shared_ptr<Command>& command) {
  std::unique_lock lock(mutex_);
  command_ = command;
  const bool happened = happened_;
  lock.unlock();
  if (happened) command->keep();
}

void Parting::happen() {
  std::unique_lock lock(mutex_);
  happened_ = true;
  std::shared_ptr<Command> command = command_.lock();
  lock.unlock();
  if (!command) return;
  Command& kept = *command;
  kept.home().mailbox().run([command = std::move(command)] { command->keep(); });
}

Task<std::shared_ptr<Command>> start_command(Api* api, agent::net::Loop* loop, CommandOrder order,
                                             std::shared_ptr<Parting> parting) {
  std::shared_ptr<Command> command = api->commands().create(*loop, std::move(order));
  Delivery delivery(command);
  if (parting) parting->concerns(command);
  const Clock::time_point deadline = Clock::now() + kStartLimit + kEndGrace;
  while (!command->is_over() && !command->has_started()) {
    if (command->is_handed_on()) throw Error(Errc::cancelled, "server is stopping");
    co_await Command::change(command, deadline);
  }
  delivery.drop();
  if (command->has_started()) co_return command;
  const CommandRecord failed = command->record();
  if (!failed.asynchronous) api->commands().forget(command);
  fail_start(failed);
}

Task<ExecResult> finish_command(std::shared_ptr<Command> command) {
  const Clock::time_point deadline =
      Clock::now() + std::chrono::seconds(command->record().timeout) + kEndGrace;
  while (!command->is_over() && !command->is_handed_on() && Clock::now() < deadline)
    co_await Command::change(command, deadline);
  std::string data = co_await read_result(command);
  const CommandRecord record = command->view();
  ExecResult result = result_of(record);
  result.truncated = record.output_size > data.size();
  if (result.truncated) result.output_size = record.output_size;
  result.data = std::move(data);
  co_return result;
}

Delivery::~Delivery() {
  if (!command_) return;
  Command& command = *command_;
  command.home().mailbox().run([kept = std::move(command_)] { kept->keep(); });
}

void Delivery::deliver(Api& api, const ExecResult& result) {
  if (!result.truncated && !result.running) api.commands().forget(std::move(command_));
}

namespace {

Task<CommandRun> run_here(Api* api, agent::net::Loop* loop, CommandOrder order,
                          std::shared_ptr<Parting> parting) {
  std::shared_ptr<Command> command = co_await start_command(api, loop, std::move(order), std::move(parting));
  CommandRun run{.delivery = Delivery(command), .record = command->record(), .result = {}};
  run.result = co_await finish_command(std::move(command));
  co_return run;
}

}  // namespace

Task<CommandRun> run_command(Api* api, CommandOrder order, std::shared_ptr<Parting> parting) {
  agent::net::Loop& loop = api->hub().find_agent(order.agent, kExecAgent)->home().loop();
  Task<CommandRun> run = run_here(api, &loop, std::move(order), std::move(parting));
  return run_on(loop, std::move(run));
}

}  // namespace server
