#include "commands/audit.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

#include "agent/json.hpp"
#include "agent/log.hpp"
#include "agent/wire/values.hpp"
#include "commands/command_record.hpp"
#include "commands/shown_text.hpp"

namespace server {
namespace {

constexpr std::uint64_t kRotateAt = 50ULL * 1024 * 1024;
constexpr int kRotatedFiles = 20;
// Bytes of a command line that are written down.
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
  add("task", entry.command_id);
  add("what", shown_text(entry.what, kWhatLimit));
  if (entry.limits.any()) out.key("limits").raw(agent::json::encode(entry.limits));
  add("result", entry.result);
  out.end_object();
  return out.take() + "\n";
}

AuditEntry entry_of(std::string_view action, const CommandRecord& command) {
  return {.action = action,
          .who = command.owner,
          .from = command.from,
          .agent = command.agent,
          .command_id = command.id,
          .what = command.command};
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
  if (close_gap() && append(line)) return;
  ++lost_;
  agent::log::error("audit: a line could not be written: {}: {}", reason_, line);
}

bool Audit::append(const std::string& line) {
  errno = 0;
  if (file_.write(line, agent::LogFile::Clock::now())) return true;
  const int code = errno;
  reason_ = code == 0 ? "a part of it was written" : std::generic_category().message(code);
  return false;
}

bool Audit::close_gap() {
  if (lost_ == 0) return true;
  if (!append(line_of({.action = "audit_gap",
                       .who = {},
                       .from = {},
                       .agent = {},
                       .result = fmt::format("{} lines are missing: {}", lost_, reason_)}))) {
    return false;
  }
  lost_ = 0;
  return true;
}

std::optional<std::string> Audit::fault() {
  std::lock_guard lock(mutex_);
  if (close_gap()) return std::nullopt;
  return reason_;
}

void Audit::write_refusal(std::string_view from, std::string_view what, std::string_view why,
                          RefusalCounter::Clock::time_point now) {
  std::optional<RefusalCounter::Line> due;
  {
    std::lock_guard lock(mutex_);
    due = refusals_.count(std::string(from), now);
  }
  if (!due) return;
  const std::string result =
      due->count == 1 ? std::string(why) : fmt::format("{}; {} times within 10 minutes", why, due->count);
  write({.action = "refused_token",
         .who = {},
         .from = due->address,
         .agent = {},
         .what = what,
         .result = result});
}

void Audit::write_start(const CommandRecord& command) {
  AuditEntry entry = entry_of("exec", command);
  entry.limits = command.limits;
  write(entry);
}

void Audit::write_end(const CommandRecord& command) {
  const std::string result = command.state == command_state::done
                                 ? fmt::format("code {}{}", command.code, ended_by_text(command))
                                 : fmt::format("{}: {}", command.state, command.reason);
  AuditEntry entry = entry_of("exec_end", command);
  entry.result = result;
  write(entry);
}

}  // namespace server
