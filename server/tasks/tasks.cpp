#include "tasks/tasks.hpp"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <unordered_set>
#include <utility>

#include "agent/json.hpp"
#include "agent/log.hpp"
#include "base/log_redaction.hpp"
#include "http/reply.hpp"
#include "hub/ids.hpp"
#include "net/websocket_codec.hpp"
#include "tasks/shown_text.hpp"

namespace server {

using agent::Errc;
using agent::Error;
using agent::wire::Ack;
using agent::wire::Held;

namespace {

// Of a command line so much is kept for people.
constexpr std::size_t kCommandLimit = 1024;
constexpr std::string_view kOutputSuffix = ".out";

std::string shown_command(std::string_view command) {
  return agent::escape_controls(shown_text(command, kCommandLimit));
}

// What agents do not take would end their session.
std::string encode_request(const agent::wire::Exec& exec, const std::string& id) {
  std::string request = agent::encode_message(exec, id);
  if (request.size() <= agent::net::kDefaultMaxMessage) return request;
  throw RequestError(413, fmt::format("the command is a message of {} bytes, agents take {}", request.size(),
                                      agent::net::kDefaultMaxMessage));
}

TaskOptions with_directory(TaskOptions options) {
  if (::mkdir(options.directory.c_str(), 0700) != 0 && errno != EEXIST)
    throw agent::system_error("make " + options.directory, errno);
  return options;
}

}  // namespace

Tasks::Tasks(TaskOptions options, Hub& hub, Audit& audit, agent::metrics::Registry& metrics)
    : services_(std::make_shared<TaskServices>(with_directory(std::move(options)), hub, audit)) {
  load();
  hub.on_report(Held::message.type,
                [this](Session& session, const agent::Envelope& held) { returned(session, held); });
  metrics.collect([this](agent::metrics::Exposition& out) { expose(out); });
}

Tasks::~Tasks() {
  sweep_timer_.reset();
  services_->pool.reset();  // what it had begun is written
  for_all([](DurableTask& task) { task.close(); });
  services_->records.close();  // its thread must not be the last to hold a task
}

template <class Work>
void Tasks::for_all(Work work) const {
  for (const auto& [agent, of_agent] : agents_)
    for (const auto& [id, task] : of_agent.tasks) work(*task);
}

// ------------------------------------------------------------------------------- of earlier processes

void Tasks::load() {
  const std::vector<RecordStore::Row> rows = services_->records.load();
  remove_strangers(rows);
  std::vector<StoredTask> records;
  for (const RecordStore::Row& row : rows) {
    try {
      records.push_back(agent::json::decode<StoredTask>(row.text));
      records.back().timeout = command_timeout(records.back().timeout);
    } catch (const Error& error) {
      drop(row.id, error);
    }
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const TaskRecord& a, const TaskRecord& b) { return a.begin < b.begin; });
  for (StoredTask& record : records) recover(std::move(record));
}

void Tasks::recover(StoredTask record) {
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

void Tasks::drop(const std::string& id, const Error& error) {
  agent::log::error("task {}: its record cannot be read: {}", id, error.what());
  services_->records.remove(id);
}

// Output of tasks that nobody wanted to last.
void Tasks::remove_strangers(const std::vector<RecordStore::Row>& rows) const {
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

std::shared_ptr<DurableTask> Tasks::make(LoopSessions& home, StoredTask record,
                                         std::shared_ptr<SpoolFile> found) {
  auto task = std::make_shared<DurableTask>(services_, home, ++made_, std::move(record), std::move(found));
  task->on_over = [this](DurableTask& over) {
    std::lock_guard lock(mutex_);
    --agents_[over.agent()].active;
  };
  std::lock_guard lock(mutex_);
  OfAgent& of_agent = agents_[task->agent()];
  if (!task->is_over()) ++of_agent.active;
  of_agent.tasks.emplace(task->id(), task);
  return task;
}

std::shared_ptr<DurableTask> Tasks::create(agent::net::Loop& loop, TaskOrder order) {
  std::shared_ptr<Session> session = services_->hub.find_agent(order.agent, kExecAgent);
  check_room(order.agent);
  order.exec.timeout = command_timeout(order.exec.timeout);
  StoredTask record;
  record.id = new_tid();
  record.agent = std::move(order.agent);
  record.owner = std::move(order.owner);
  record.from = std::move(order.from);
  record.command = shown_command(order.command);
  record.timeout = order.exec.timeout;
  record.asynchronous = order.asynchronous;
  std::string request = encode_request(order.exec, record.id);
  std::shared_ptr<DurableTask> task = make(services_->hub.at(loop), std::move(record));
  services_->audit.write_start(task->record());
  task->start(std::move(session), std::move(request));
  return task;
}

void Tasks::check_room(const std::string& agent) const {
  std::lock_guard lock(mutex_);
  const auto found = agents_.find(agent);
  if (found != agents_.end() && found->second.active >= services_->options.agent_limit)
    throw Error(Errc::too_many, "too many commands of this agent are in progress");
}

std::shared_ptr<DurableTask> Tasks::find(std::string_view agent, std::string_view id) const {
  std::lock_guard lock(mutex_);
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent != agents_.end()) {
    const auto found = of_agent->second.tasks.find(id);
    if (found != of_agent->second.tasks.end()) return found->second;
  }
  throw Error(Errc::not_found, "task");
}

std::shared_ptr<DurableTask> Tasks::find_pid(std::string_view agent, std::int64_t pid) const {
  const auto tasks = list(agent);
  std::shared_ptr<DurableTask> newest;
  if (tasks) {
    for (const std::shared_ptr<DurableTask>& task : *tasks) {
      const TaskRecord record = task->snapshot();
      if (record.pid == pid && record.asynchronous) newest = task;
    }
  }
  if (!newest) throw Error(Errc::not_found, "pid");
  return newest;
}

std::optional<std::vector<std::shared_ptr<DurableTask>>> Tasks::list(std::string_view agent) const {
  std::lock_guard lock(mutex_);
  const auto of_agent = agents_.find(std::string(agent));
  if (of_agent == agents_.end()) return std::nullopt;
  std::vector<std::shared_ptr<DurableTask>> tasks;
  for (const auto& [id, task] : of_agent->second.tasks) tasks.push_back(task);
  std::sort(tasks.begin(), tasks.end(), [](const auto& a, const auto& b) { return a->order() < b->order(); });
  return tasks;
}

void Tasks::forget(std::shared_ptr<DurableTask> task) {
  {
    std::lock_guard lock(mutex_);
    agents_[task->agent()].tasks.erase(task->id());
  }
  if (!task->leaves_traces()) return;
  DurableTask& gone = *task;
  gone.home().mailbox().run([task = std::move(task)] { task->discard(); });
}

// -------------------------------------------------------------------------------------- agents return

void Tasks::returned(Session& session, const agent::Envelope& envelope) {
  const std::shared_ptr<Session> back = session.shared_from_this();
  std::unordered_map<std::string, std::uint64_t> strangers;  // tid, number of the oldest reply
  for (const agent::wire::HeldCall& call : envelope.payload<Held>().calls) strangers[call.tid] = call.first;
  for (const std::shared_ptr<DurableTask>& task :
       list(session.id()).value_or(std::vector<std::shared_ptr<DurableTask>>())) {
    const auto held = strangers.extract(task->id());
    const auto first = held.empty() ? std::nullopt : std::optional(held.mapped());
    task->home().mailbox().run([task, back, first] { task->returned(back, first); });
  }
  for (const auto& [tid, first] : strangers)
    session.send(agent::encode_message(Ack{.seq = 0, .over = true}, tid));
}

// --------------------------------------------------------------------------------------------- expiry

void Tasks::start(agent::net::Loop& loop) {
  if (!sweep_timer_) sweep_timer_.emplace(loop.io());
  sweep_timer_->expires_after(services_->options.sweep);
  sweep_timer_->async_wait([this, &loop](asio::error_code failed) {
    if (failed) return;
    sweep();
    start(loop);
  });
}

void Tasks::sweep() {
  const std::int64_t now = std::time(nullptr);
  std::vector<std::shared_ptr<DurableTask>> expired;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [agent, of_agent] : agents_) {
      for (const auto& [id, task] : of_agent.tasks) {
        const std::int64_t expires = task->expires();
        if (expires != 0 && expires < now) expired.push_back(task);
      }
    }
  }
  for (std::shared_ptr<DurableTask>& task : expired) forget(std::move(task));
}

// -------------------------------------------------------------------------------------------- metrics

void Tasks::expose(agent::metrics::Exposition& out) const {
  std::map<std::string, std::uint64_t> states;
  std::lock_guard lock(mutex_);
  for_all([&](const DurableTask& task) { ++states[task.snapshot().state]; });
  out.family("agent_server_tasks", "gauge", "tasks by state");
  for (const std::string_view state : kTaskStates) out.sample({{"state", state}}, states[std::string(state)]);
  out.family("agent_server_task_output_bytes", "gauge", "kept output of all tasks");
  out.sample({}, services_->budget.used());
}

}  // namespace server
