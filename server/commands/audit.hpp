// Audit: one line of JSON per action on an agent's machine, and per token that was refused: who, from where,
// what, on which agent, and how it went. Thread-safe.
//
// A line is put into a ring in a mapped file (audit.ring) and is in audit.log within moments, also if the
// process is killed meanwhile (audit_writer.hpp).
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "commands/audit_writer.hpp"
#include "commands/refusal_counter.hpp"

namespace server {

// Credentials in `what` are masked, and a cut is marked (shown_text.hpp).
struct AuditEntry {
  // "kill", "upload", "download", "ls", "log_download", "call", "jobs", "unbind", "refused_token",
  // "terminal", "terminal_end", "sign_in", "sign_out", "audit_gap"; "exec" and "exec_end" have functions of
  // their own
  std::string_view action;
  std::string_view who;   // name of the token, "" without authentication
  std::string_view from;  // address of the client
  std::string_view agent;
  std::string_view command_id = {};
  std::string_view what = {};
  std::string_view result = {};
};

struct CommandRecord;

class Audit {
 public:
  // <directory>/audit.log, rotated at 50 MiB, the last 20 are kept; readable for its owner and group
  // (0640) as far as the directory is. Throws Errc::io, and Errc::busy if another process writes there.
  explicit Audit(const std::string& directory, AuditLimits limits = {});

  // As AuditWriter's.
  void reopen() { writer_.reopen(); }
  void flush() { writer_.flush(); }
  std::optional<std::string> fault() { return writer_.fault(); }

  // A line that finds no room is an error in the log, and an "audit_gap" says how many are missing.
  void write(const AuditEntry& entry);
  // A command was started; it has ended.
  void write_start(const CommandRecord& command);
  void write_end(const CommandRecord& command);
  // Both in one line, for a command that was started `took` ago and has no line yet.
  void write_whole(const CommandRecord& command, std::chrono::milliseconds took);
  // `why` ("unknown API token") was answered to `from`, who asked for `what` ("GET /api/agents"). Not each
  // of many (RefusalCounter).
  void write_refusal(std::string_view from, std::string_view what, std::string_view why,
                     RefusalCounter::Clock::time_point now);

 private:
  AuditWriter writer_;
  std::mutex mutex_;  // of the refusals
  RefusalCounter refusals_;
};

}  // namespace server
