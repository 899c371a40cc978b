#include "tasks/audit.hpp"

#include <fmt/format.h>

#include "agent/json.hpp"
#include "agent/log.hpp"
#include "agent/wire/values.hpp"
#include "tasks/shown_text.hpp"
#include "tasks/task_record.hpp"

namespace server {
namespace {

constexpr std::uint64_t kRotateAt = 50ULL * 1024 * 1024;
constexpr int kRotatedFiles = 20;
// Of a command line so much is written down.
constexpr std::size_t kWhatLimit = 4096;

agent::log::Options options_for(const std::string& directory) {
  agent::log::Options options;
  options.dir = directory;
  options.name = "audit";
  options.size = kRotateAt;
  options.rotate = kRotatedFiles;
  return options;
}

std::string line_of(const AuditEntry& entry) {
  agent::json::Writer out;
  out.begin_object();
  auto add = [&out](std::string_view key, std::string_view value) {
    if (!value.empty()) out.key(key).string(value);
  };
  add("time", to_string(agent::wire::Time::now()));
  add("action", entry.action);
  out.key("who").string(entry.who);
  add("from", entry.from);
  add("agent", entry.agent);
  add("task", entry.task);
  add("what", shown_text(entry.what, kWhatLimit));
  add("result", entry.result);
  out.end_object();
  return out.take() + "\n";
}

AuditEntry entry_of(std::string_view action, const TaskRecord& task) {
  return {.action = action,
          .who = task.owner,
          .from = task.from,
          .agent = task.agent,
          .task = task.id,
          .what = task.command};
}

}  // namespace

Audit::Audit(const std::string& directory) : file_(options_for(directory), agent::LogFile::Clock::now()) {}

void Audit::reopen() {
  std::lock_guard lock(mutex_);
  file_.reopen();
}

void Audit::write(const AuditEntry& entry) {
  const std::string line = line_of(entry);
  std::lock_guard lock(mutex_);
  if (!file_.write(line, agent::LogFile::Clock::now()))
    agent::log::error("audit: a line could not be written: {}", line);
}

void Audit::write_start(const TaskRecord& task) { write(entry_of("exec", task)); }

void Audit::write_end(const TaskRecord& task) {
  const std::string result = task.state == task_state::done ? fmt::format("code {}", task.code)
                                                            : fmt::format("{}: {}", task.state, task.reason);
  AuditEntry entry = entry_of("exec_end", task);
  entry.result = result;
  write(entry);
}

}  // namespace server
