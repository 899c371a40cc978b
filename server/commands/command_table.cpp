#include "commands/command_table.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <unordered_set>
#include <utility>

#include "agent/json.hpp"
#include "agent/log.hpp"
#include "base/directory.hpp"
#include "commands/command_limits.hpp"
#include "hub/ids.hpp"
#include "net/websocket_codec.hpp"
#include "order_error.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::wire::Ack;
using agent::wire::Held;

namespace {

constexpr std::string_view kOutputSuffix = ".out";

// What agents do not take would end their session.
std::string encode_request(const agent::wire::Exec& exec, const std::string& id) {
  std::string request = agent::encode_message(exec, id);
  if (request.size() <= agent::net::kDefaultMaxMessage) return request;
  throw OrderError(Errc::too_large, fmt::format("the command is a message of {} bytes, agents take {}",
                                                request.size(), agent::net::kDefaultMaxMessage));
}

CommandTableOptions with_directory(CommandTableOptions options) {
  agent::make_directories(options.directory, 0700);
  return options;
}

}  // namespace

CommandTable::CommandTable(CommandTableOptions options, Hub& hub, Audit& audit,
                           agent::metrics::Registry& metrics)
    : services_(std::make_shared<CommandServices>(with_directory(std::move(options)), hub, audit)) {
  load();
  hub.on_report(Held::message.type,
                [this](Session& session, const agent::Envelope& held) { returned(session, held); });
  metrics.collect([this](agent::metrics::Exposition& out) { expose(out); });
}

CommandTable::~CommandTable() {
  sweeps_.reset();
  services_->pool.reset();  // what it had begun is written
  for_all([](Command& command) { command.close(); });
  services_->records.close();  // its thread must not be the last to hold a command
}

template <class Work>
void CommandTable::for_all(Work work) const {
  for (const auto& [agent, of_agent] : agents_)
    for (const auto& [id, command] : of_agent.commands) work(*command);
}

// ------------------------------------------------------------------------------- of earlier processes

void CommandTable::load() {
  const std::vector<RecordStore::Row> rows = services_->records.load();
  remove_strangers(rows);
  std::vector<StoredCommand> records;
  for (const RecordStore::Row& row : rows) {
    try {
      records.push_back(agent::json::decode<StoredCommand>(row.text));
      records.back().timeout = agent::wire::time_limit(records.back().timeout).count();
    } catch (const Error& error) {
      drop(row.id, error);
    }
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const CommandRecord& a, const CommandRecord& b) { return a.begin < b.begin; });
  for (StoredCommand& record : records) recover(std::move(record));
}

void CommandTable::recover(StoredCommand record) {
  const std::string id = record.id;
  try {
    auto found = SpoolFile::open(services_->output_path(id));
    if (!found) ::unlink(services_->output_path(id).c_str());  // it may be there and be of no use
    auto file = found ? std::make_shared<SpoolFile>(std::move(*found)) : nullptr;
    make(*services_->hub.loops().front(), std::move(record), std::move(file))->recover();
  } catch (const Error& error) {
    drop(id, error);
  }
}

void CommandTable::drop(const std::string& id, const Error& error) {
  agent::log::error("task {}: its record cannot be read: {}", id, error.what());
  services_->records.remove(id);
}

// Output of commands that nobody wanted to last.
void CommandTable::remove_strangers(const std::vector<RecordStore::Row>& rows) const {
  std::unordered_set<std::string> known;
  for (const RecordStore::Row& row : rows) known.insert(row.id + std::string(kOutputSuffix));
  DIR* directory = ::opendir(services_->options.directory.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (name.ends_with(kOutputSuffix) && !known.contains(name))
      ::unlink((services_->options.directory + "/" + name).c_str());
  }
  ::closedir(directory);
}

// ----------------------------------------------------------------------------------------- the table

std::shared_ptr<Command> CommandTable::make(LoopSessions& home, StoredCommand record,
                                            std::shared_ptr<SpoolFile> found) {
  auto command = std::make_shared<Command>(services_, home, ++made_, std::move(record), std::move(found));
  command->on_over = [this](Command& over) {
    std::lock_guard lock(mutex_);
    --agents_[over.agent()].active;
  };
  std::lock_guard lock(mutex_);
  OfAgent& of_agent = agents_[command->agent()];
  if (!command->is_over()) ++of_agent.active;
  of_agent.commands.emplace(command->id(), command);
  return command;
}

std::shared_ptr<Command> CommandTable::create(agent::net::Loop& loop, CommandOrder order) {
  check_exec(order.exec);
  check_can_limit(*order.session, order.exec.limits);
  const std::string& agent_id = order.session->id();
  check_room(agent_id);
  order.exec.timeout = agent::wire::time_limit(order.exec.timeout).count();
  StoredCommand record;
  record.id = new_tid();
  record.agent = agent_id;
  record.owner = std::move(order.caller.who);
  record.from = std::move(order.caller.from);
  record.command = shown_command(order.exec);
  record.timeout = order.exec.timeout;
  record.asynchronous = order.asynchronous;
  record.limits = order.exec.limits;
  std::string request = encode_request(order.exec, record.id);
  std::shared_ptr<Command> command = make(services_->hub.at(loop), std::move(record));
  services_->audit.write_start(command->record());
  command->start(std::move(order.session), std::move(request));
  return command;
}

void CommandTable::check_room(const std::string& agent) const {
  std::lock_guard lock(mutex_);
  const auto found = agents_.find(agent);
  if (found != agents_.end() && found->second.active >= services_->options.agent_limit)
    throw Error(Errc::too_many, "too many commands of this agent are in progress");
}

std::shared_ptr<Command> CommandTable::find(std::string_view agent, std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent != agents_.end()) {
    const auto found = of_agent->second.commands.find(id);
    if (found != of_agent->second.commands.end()) return found->second;
  }
  throw Error(Errc::not_found, "task");
}

std::shared_ptr<Command> CommandTable::find_pid(std::string_view agent, std::int64_t pid) const {
  const auto commands = list(agent);
  std::shared_ptr<Command> newest;
  if (commands) {
    for (const std::shared_ptr<Command>& command : *commands) {
      const CommandRecord record = command->snapshot();
      if (record.pid == pid && record.asynchronous) newest = command;
    }
  }
  if (!newest) throw Error(Errc::not_found, "pid");
  return newest;
}

void CommandTable::check_known(const std::string& agent) const {
  if (hub().find(agent)) return;
  std::lock_guard lock(mutex_);
  if (!agents_.contains(agent)) throw Error(Errc::not_found, "agent");
}

std::optional<std::vector<CommandRecord>> CommandTable::records(const std::string& agent) const {
  const auto commands = list(agent);
  if (!commands) {
    hub().find_agent(agent, kExecAgent);
    return std::nullopt;
  }
  std::vector<CommandRecord> records;
  for (const std::shared_ptr<Command>& command : *commands) records.push_back(command->snapshot());
  return records;
}

std::optional<std::vector<std::shared_ptr<Command>>> CommandTable::list(std::string_view agent) const {
  std::lock_guard lock(mutex_);
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent == agents_.end()) return std::nullopt;
  std::vector<std::shared_ptr<Command>> commands;
  for (const auto& [id, command] : of_agent->second.commands) commands.push_back(command);
  std::sort(commands.begin(), commands.end(),
            [](const auto& a, const auto& b) { return a->order() < b->order(); });
  return commands;
}

void CommandTable::forget(std::shared_ptr<Command> command) {
  {
    std::lock_guard lock(mutex_);
    agents_[command->agent()].commands.erase(command->id());
  }
  if (!command->leaves_traces()) return;
  Command& gone = *command;
  gone.home().mailbox().run([command = std::move(command)] { command->discard(); });
}

// -------------------------------------------------------------------------------------- agents return

void CommandTable::returned(Session& session, const agent::Envelope& envelope) {
  const std::shared_ptr<Session> back = session.shared_from_this();
  std::unordered_map<std::string, std::uint64_t> strangers;  // tid, number of the oldest reply
  for (const agent::wire::HeldCall& call : envelope.payload<Held>().calls) strangers[call.tid] = call.first;
  for (const std::shared_ptr<Command>& command :
       list(session.id()).value_or(std::vector<std::shared_ptr<Command>>())) {
    const auto held = strangers.extract(command->id());
    const auto first = held.empty() ? std::nullopt : std::optional(held.mapped());
    command->home().mailbox().run([command, back, first] { command->returned(back, first); });
  }
  for (const auto& [tid, first] : strangers)
    session.send(agent::encode_message(Ack{.seq = 0, .over = true}, tid));
}

// --------------------------------------------------------------------------------------------- expiry

void CommandTable::start(agent::net::Loop& loop) {
  sweeps_.emplace(loop, services_->options.sweep, [this] { sweep(); });
  sweeps_->start();
}

void CommandTable::sweep() {
  const std::int64_t now = std::time(nullptr);
  std::vector<std::shared_ptr<Command>> expired;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [agent, of_agent] : agents_) {
      for (const auto& [id, command] : of_agent.commands) {
        const std::int64_t expires = command->expires();
        if (expires != 0 && expires < now) expired.push_back(command);
      }
    }
  }
  for (std::shared_ptr<Command>& command : expired) forget(std::move(command));
}

// -------------------------------------------------------------------------------------------- metrics

void CommandTable::expose(agent::metrics::Exposition& out) const {
  std::map<std::string, std::uint64_t> states;
  std::lock_guard lock(mutex_);
  for_all([&](const Command& command) { ++states[command.snapshot().state]; });
  out.family("agent_server_tasks", "gauge", "tasks by state");
  for (const std::string_view state : kCommandStates)
    out.sample({{"state", state}}, states[std::string(state)]);
  out.family("agent_server_task_output_bytes", "gauge", "kept output of all tasks");
  out.sample({}, services_->budget.used());
}

}  // namespace server
