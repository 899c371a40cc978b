#include "commands/audit.hpp"

#include <fmt/format.h>

#include <utility>

#include "agent/json.hpp"
#include "agent/wire/values.hpp"
#include "commands/command_record.hpp"
#include "commands/shown_text.hpp"

namespace server {
namespace {

constexpr std::uint64_t kRotateAt = 50ULL * 1024 * 1024;
constexpr int kRotatedFiles = 20;
// Bytes of a command line, and of a result, that are written down.
constexpr std::size_t kTextLimit = 4096;

agent::log::Options options_for(const std::string& directory) {
  agent::log::Options options;
  options.dir = directory;
  options.name = "audit";
  options.size = kRotateAt;
  options.rotate = kRotatedFiles;
  return options;
}

void add(agent::json::Writer& out, std::string_view key, std::string_view value) {
  if (!value.empty()) out.key(key).string(value);
}

void begin_line(agent::json::Writer& out, const AuditEntry& entry) {
  out.begin_object();
  out.key("time").string(to_string(agent::wire::Time::now()));
  out.key("action").string(entry.action);
  out.key("who").string(entry.who);
  add(out, "from", entry.from);
  add(out, "agent", entry.agent);
  add(out, "task", entry.command_id);
}

std::string end_line(agent::json::Writer& out, std::string_view result) {
  if (result.size() <= kTextLimit) {
    add(out, "result", result);
  } else {
    add(out, "result", shown_text(result, kTextLimit));
  }
  out.end_object();
  std::string line = out.take();
  line += '\n';
  return line;
}

std::string line_of(const AuditEntry& entry) {
  agent::json::Writer out;
  begin_line(out, entry);
  add(out, "what", shown_text(entry.what, kTextLimit));
  return end_line(out, entry.result);
}

// What is missing.
std::string gap_line(std::string_view what) {
  return line_of({.action = "audit_gap", .who = {}, .from = {}, .agent = {}, .result = what});
}

// What runs is shown as it stands in the record: masked and short.
void begin_line(agent::json::Writer& out, std::string_view action, const CommandRecord& command) {
  begin_line(out, {.action = action,
                   .who = command.owner,
                   .from = command.from,
                   .agent = command.agent,
                   .command_id = command.id});
  add(out, "what", command.command);
}

void add_limits(agent::json::Writer& out, const CommandRecord& command) {
  if (command.limits.any()) out.key("limits").raw(agent::json::encode(command.limits));
}

std::string result_of(const CommandRecord& command) {
  if (command.state != command_state::done) return fmt::format("{}: {}", command.state, command.reason);
  return "code " + std::to_string(command.code) + ended_by_text(command);
}

}  // namespace

Audit::Audit(const std::string& directory, AuditLimits limits)
    : writer_(options_for(directory), limits, gap_line) {}

void Audit::write(const AuditEntry& entry) { writer_.put(line_of(entry)); }

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
  agent::json::Writer out;
  begin_line(out, "exec", command);
  add_limits(out, command);
  writer_.put(end_line(out, {}));
}

void Audit::write_end(const CommandRecord& command) {
  agent::json::Writer out;
  begin_line(out, "exec_end", command);
  writer_.put(end_line(out, result_of(command)));
}

void Audit::write_whole(const CommandRecord& command, std::chrono::milliseconds took) {
  agent::json::Writer out;
  begin_line(out, "exec", command);
  add_limits(out, command);
  out.key("took_ms").integer(took.count());
  writer_.put(end_line(out, result_of(command)));
}

}  // namespace server
