// Audit: one line of JSON per action that changes an agent's machine: who, from where, what, on which agent,
// and how it went. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/log_file.hpp"

namespace server {

// Of `what` credentials are masked, and a cut is marked (shown_text.hpp).
struct AuditEntry {
  std::string_view action;  // "exec", "exec_end", "kill", "upload", "download", "unbind"
  std::string_view who;     // name of the token, "" without authentication
  std::string_view from;    // address of the client
  std::string_view agent;
  std::string_view task = {};
  std::string_view what = {};
  std::string_view result = {};
};

struct TaskRecord;

class Audit {
 public:
  // <directory>/audit.log, rotated at 50 MiB, the last 20 are kept; readable for its owner only as far as the
  // directory is. Throws Errc::io.
  explicit Audit(const std::string& directory);

  // A line that cannot be written is an error in the log.
  void write(const AuditEntry& entry);
  // A command was started; it has ended.
  void write_start(const TaskRecord& task);
  void write_end(const TaskRecord& task);

 private:
  std::mutex mutex_;
  agent::LogFile file_;
};

}  // namespace server
