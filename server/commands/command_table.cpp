#include "commands/command_table.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "agent/json.hpp"
#include "agent/log.hpp"
#include "base/directory.hpp"
#include "commands/command_limits.hpp"
#include "commands/command_term.hpp"
#include "hub/ids.hpp"
#include "net/websocket_codec.hpp"
#include "order_error.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::wire::Held;

namespace {

bool is_of_a_command(const std::string& name) { return name.ends_with(".out") || name.ends_with(".rec"); }

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
  for (const auto& shard : hub.shards())
    shards_.push_back(std::make_unique<ShardCommands>(services_, *shard));
  load();
  hub.on_report(Held::message.type, [this](Session& session, const agent::Envelope& held) {
    of(session.id()).returned(session, held.payload<Held>());
  });
  metrics.collect([this](agent::metrics::Exposition& out) { expose(out); });
}

CommandTable::~CommandTable() {
  stop();
  services_->pool.reset();  // what it had begun is written
  for (const auto& shard : shards_) shard->close();
  services_->records.close();  // its thread must not be the last to hold a command
}

void CommandTable::start() {
  for (const auto& shard : shards_) shard->start();
}

void CommandTable::stop() {
  for (const auto& shard : shards_) shard->stop();
}

ShardCommands& CommandTable::of(std::string_view agent) const {
  return *shards_[hub().place_of(agent).shard.number()];
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
    ShardCommands& home = of(record.agent);
    home.recover(std::move(record), std::move(file));
  } catch (const Error& error) {
    drop(id, error);
  }
}

void CommandTable::drop(const std::string& id, const Error& error) {
  agent::log::error("task {}: its record cannot be read: {}", id, error.what());
  services_->records.remove(id);
}

// Output and recordings of commands that nobody wanted to last.
void CommandTable::remove_strangers(const std::vector<RecordStore::Row>& rows) const {
  std::unordered_set<std::string> known;
  for (const RecordStore::Row& row : rows) known.insert(row.id);
  DIR* directory = ::opendir(services_->options.directory.c_str());
  if (directory == nullptr) return;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string name = entry->d_name;
    if (is_of_a_command(name) && !known.contains(name.substr(0, name.rfind('.'))))
      ::unlink((services_->options.directory + "/" + name).c_str());
  }
  ::closedir(directory);
}

// ----------------------------------------------------------------------------------------- the table

std::shared_ptr<Command> CommandTable::create(CommandOrder&& order) {
  check_exec(order.exec);
  check_can_limit(*order.session, order.exec.limits);
  check_can_type(*order.session, order.exec);
  const std::string& agent_id = order.session->id();
  ShardCommands& home = of(agent_id);
  home.check_room(agent_id);
  if (order.exec.terminal && order.exec.timeout <= 0) order.exec.timeout = kTerminalTimeout.count();
  order.exec.timeout = agent::wire::time_limit(order.exec.timeout).count();
  if (order.session->has(agent::wire::kBriefCapability))
    order.exec.brief = static_cast<std::uint32_t>((order.asynchronous ? kBriefStart : kBriefTime).count());
  StoredCommand record;
  record.id = new_tid();
  record.agent = agent_id;
  record.owner = std::move(order.caller.who);
  record.from = std::move(order.caller.from);
  record.command = shown_command(order.exec);
  record.timeout = order.exec.timeout;
  record.asynchronous = order.asynchronous;
  record.limits = order.exec.limits;
  record.input = order.exec.input;
  record.terminal = order.exec.terminal.has_value();
  record.recorded = record.terminal && services_->options.record;
  std::string request = encode_request(order.exec, record.id);
  std::shared_ptr<Command> command = home.add(std::move(record));
  if (order.exec.terminal) command->resize(*order.exec.terminal);
  command->start(std::move(order.session), std::move(request));
  return command;
}

std::shared_ptr<Command> CommandTable::find(std::string_view agent, std::string_view id) const {
  return of(agent).find(agent, id);
}

std::shared_ptr<Command> CommandTable::find_pid(std::string_view agent, std::int64_t pid) const {
  return of(agent).find_pid(agent, pid);
}

void CommandTable::check_known(const std::string& agent) const {
  if (!hub().find(agent) && !of(agent).knows(agent)) throw Error(Errc::not_found, "agent");
}

std::optional<std::vector<CommandRecord>> CommandTable::records(const std::string& agent) const {
  const auto commands = of(agent).list(agent);
  if (!commands) {
    hub().find_agent(agent, kExecAgent);
    return std::nullopt;
  }
  std::vector<CommandRecord> records;
  for (const std::shared_ptr<Command>& command : *commands) records.push_back(command->view());
  return records;
}

std::vector<CommandRecord> CommandTable::records_of(const Shard& shard) const {
  std::vector<CommandRecord> records;
  for (const std::shared_ptr<Command>& command : shards_[shard.number()]->list_all())
    records.push_back(command->view());
  return records;
}

void CommandTable::forget(std::shared_ptr<Command> command) {
  ShardCommands& home = of(command->agent());
  home.forget(std::move(command));
}

// -------------------------------------------------------------------------------------------- metrics

void CommandTable::expose(agent::metrics::Exposition& out) const {
  out.family("agent_server_tasks", "gauge", "tasks by state");
  for (std::size_t i = 0; i < kCommandStates.size(); ++i) {
    std::uint64_t sum = 0;
    for (const auto& shard : shards_) sum += shard->count(i);
    out.sample({{"state", kCommandStates[i]}}, sum);
  }
  std::uint64_t recent = 0;
  for (const auto& shard : shards_) recent += shard->recent();
  out.family("agent_server_tasks_delivered", "gauge", "tasks whose results were delivered a moment ago");
  out.sample({}, recent);
  out.family("agent_server_task_output_bytes", "gauge", "kept output of all tasks");
  out.sample({}, services_->budget.used());
}

}  // namespace server
