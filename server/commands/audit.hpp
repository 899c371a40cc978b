// Audit: one line of JSON per action on an agent's machine, and per token that was refused: who, from where,
// what, on which agent, and how it went. Thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "agent/wire/exec.hpp"
#include "base/log_file.hpp"
#include "commands/refusal_counter.hpp"

namespace server {

// Credentials in `what` are masked, and a cut is marked (shown_text.hpp).
struct AuditEntry {
  // "exec", "exec_end", "kill", "upload", "download", "ls", "log_download", "call", "jobs", "unbind",
  // "refused_token", "audit_gap"
  std::string_view action;
  std::string_view who;   // name of the token, "" without authentication
  std::string_view from;  // address of the client
  std::string_view agent;
  std::string_view command_id = {};
  std::string_view what = {};
  std::string_view result = {};
  agent::wire::CommandLimits limits = {};  // that were asked for
};

struct CommandRecord;

class Audit {
 public:
  // <directory>/audit.log, rotated at 50 MiB, the last 20 are kept; readable for its owner and group
  // (0640) as far as the directory is. Throws Errc::io.
  explicit Audit(const std::string& directory);

  // Somebody has moved the file, perhaps: later lines go to one of this name. Throws Errc::io; the next line
  // tries again then.
  void reopen();

  // A line that cannot be written is an error in the log, and the next one that can be is an "audit_gap"
  // that says how many are missing.
  void write(const AuditEntry& entry);
  // A command was started; it has ended.
  void write_start(const CommandRecord& command);
  void write_end(const CommandRecord& command);
  // `why` ("unknown API token") was answered to `from`, who asked for `what` ("GET /api/agents"). Not each
  // of many (RefusalCounter).
  void write_refusal(std::string_view from, std::string_view what, std::string_view why,
                     RefusalCounter::Clock::time_point now);

  // Why nothing can be written: the system's text. nullopt as long as all goes well, and again once the gap
  // could be written.
  std::optional<std::string> fault();

 private:
  // With the lock held.
  bool append(const std::string& line);
  bool close_gap();

  std::mutex mutex_;
  agent::LogFile file_;
  RefusalCounter refusals_;
  std::uint64_t lost_ = 0;  // lines since the last one that was written
  std::string reason_;      // of the last one that was not
};

}  // namespace server
