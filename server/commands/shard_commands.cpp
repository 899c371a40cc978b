#include "commands/shard_commands.hpp"

#include <algorithm>
#include <ctime>
#include <iterator>
#include <limits>

#include "agent/error.hpp"
#include "agent/wire/kept.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::wire::Ack;
using agent::wire::Held;

ShardCommands::ShardCommands(std::shared_ptr<CommandServices> services, Shard& home)
    : services_(std::move(services)), home_(home) {
  settled_.emplace(home.loop());
}

void ShardCommands::recover(StoredCommand&& record, std::shared_ptr<SpoolFile> found) {
  make(std::move(record), std::move(found))->recover();
}

void ShardCommands::start() {
  sweeps_.emplace(home_.loop(), services_->options.sweep, [this] { sweep(); });
  sweeps_->start();
}

void ShardCommands::close() {
  for (const auto& [agent, of_agent] : agents_)
    for (const auto& [id, command] : of_agent.commands) command->close();
  for (const std::shared_ptr<Command>& command : recent_.expire(RecentResults::Clock::time_point::max()))
    command->close();
  settled_.reset();
}

// ----------------------------------------------------------------------------------------- the table

std::shared_ptr<Command> ShardCommands::make(StoredCommand&& record, std::shared_ptr<SpoolFile> found) {
  auto command = std::make_shared<Command>(services_, *this, ++made_, std::move(record), std::move(found));
  OfAgent& of_agent = agents_[command->agent()];
  if (!command->is_over()) ++of_agent.active;
  if (command->is_asynchronous() && command->has_started())
    of_agent.by_pid.emplace(std::pair(command->record().pid, command->order()), command);
  of_agent.commands.emplace(command->id(), command);
  ++states_[command->state()];
  return command;
}

void ShardCommands::check_room(const std::string& agent) const {
  const auto found = agents_.find(agent);
  if (found != agents_.end() && found->second.active >= services_->options.agent_limit)
    throw Error(Errc::too_many, "too many commands of this agent are in progress");
}

std::shared_ptr<Command> ShardCommands::add(StoredCommand&& record) {
  return make(std::move(record), nullptr);
}

std::shared_ptr<Command> ShardCommands::find(std::string_view agent, std::string_view id) const {
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent != agents_.end()) {
    const auto found = of_agent->second.commands.find(id);
    if (found != of_agent->second.commands.end()) return found->second;
  }
  if (std::shared_ptr<Command> found = recent_.find(agent, id)) return found;
  throw Error(Errc::not_found, "task");
}

std::shared_ptr<Command> ShardCommands::find_pid(std::string_view agent, std::int64_t pid) const {
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent != agents_.end()) {
    const auto& by_pid = of_agent->second.by_pid;
    const auto behind = by_pid.upper_bound({pid, std::numeric_limits<std::uint64_t>::max()});
    if (behind != by_pid.begin() && std::prev(behind)->first.first == pid) return std::prev(behind)->second;
  }
  throw Error(Errc::not_found, "pid");
}

std::optional<ShardCommands::Commands> ShardCommands::list(std::string_view agent) const {
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent == agents_.end()) return std::nullopt;
  Commands commands;
  for (const auto& [id, command] : of_agent->second.commands) commands.push_back(command);
  std::sort(commands.begin(), commands.end(),
            [](const auto& a, const auto& b) { return a->order() < b->order(); });
  return commands;
}

ShardCommands::Commands ShardCommands::list_all() const {
  Commands commands;
  for (const auto& [agent, of_agent] : agents_)
    for (const auto& [id, command] : of_agent.commands) commands.push_back(command);
  return commands;
}

void ShardCommands::forget(std::shared_ptr<Command> command) {
  OfAgent& of_agent = agents_[command->agent()];
  if (of_agent.commands.erase(command->id()) > 0) --states_[command->state()];
  if (command->is_asynchronous()) of_agent.by_pid.erase({command->record().pid, command->order()});
  command->forget();
}

// ------------------------------------------------------------------------------- what commands tell

void ShardCommands::started(Command& command) {
  agents_[command.agent()].by_pid.emplace(std::pair(command.record().pid, command.order()),
                                          command.shared_from_this());
}

void ShardCommands::moved(std::size_t from, std::size_t to) {
  --states_[from];
  ++states_[to];
}

void ShardCommands::over(Command& command) { --agents_[command.agent()].active; }

void ShardCommands::remember(std::shared_ptr<Command> command) {
  if (agents_[command->agent()].commands.erase(command->id()) > 0) --states_[command->state()];
  const std::size_t bytes = command->memory();
  drop_recent(recent_.add(std::move(command), bytes, RecentResults::Clock::now()));
}

void ShardCommands::retain(std::shared_ptr<Command> command) {
  recent_.remove(*command);
  note_recent();
  const std::string& id = command->id();
  const std::size_t state = command->state();
  if (agents_[command->agent()].commands.emplace(id, std::move(command)).second) ++states_[state];
}

void ShardCommands::settle(const std::shared_ptr<Session>& session, const std::string& tid) {
  if (settled_) settled_->add(session, tid);
}

// What is in memory alone goes with the last one who has it.
void ShardCommands::drop_recent(RecentResults::Commands commands) {
  note_recent();
  for (const std::shared_ptr<Command>& command : commands)
    if (command->leaves_traces()) command->forget();
}

// -------------------------------------------------------------------------------------- agents return

void ShardCommands::returned(Session& session, const Held& held) {
  const std::shared_ptr<Session> back = session.shared_from_this();
  std::unordered_map<std::string, std::uint64_t> strangers;  // tid, number of the oldest reply
  for (const agent::wire::HeldCall& call : held.calls) strangers[call.tid] = call.first;
  for (const std::shared_ptr<Command>& command : list(session.id()).value_or(Commands())) {
    const auto found = strangers.extract(command->id());
    command->returned(back, found.empty() ? std::nullopt : std::optional(found.mapped()));
  }
  for (const auto& [tid, first] : strangers)
    session.send(agent::encode_message(Ack{.seq = 0, .over = true}, tid));
}

// --------------------------------------------------------------------------------------------- expiry

void ShardCommands::sweep() {
  const std::int64_t now = std::time(nullptr);
  Commands expired;
  for (const auto& [agent, of_agent] : agents_) {
    for (const auto& [id, command] : of_agent.commands) {
      const std::int64_t expires = command->expires();
      if (expires != 0 && expires < now) expired.push_back(command);
    }
  }
  for (std::shared_ptr<Command>& command : expired) forget(std::move(command));
  drop_recent(recent_.expire(RecentResults::Clock::now()));
}

}  // namespace server
