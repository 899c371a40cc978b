// AuditNote: the line that one request leaves in the audit log, whatever becomes of it.
//
// Shared by those who know how it goes; written when the last of them is gone, as when all content was sent
// or the client has left. Used on one loop at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "commands/audit.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace server {

class AuditNote {
 public:
  // `action` as in AuditEntry, a literal; the agent is the request's argument `id`. `audit` outlives the
  // loops.
  AuditNote(Audit& audit, std::string_view action, const Request& request, std::string what);
  ~AuditNote();
  AuditNote(const AuditNote&) = delete;
  AuditNote& operator=(const AuditNote&) = delete;

  void set_what(std::string what) { what_ = std::move(what); }
  void set_result(std::string result) { result_ = std::move(result); }

 private:
  Audit& audit_;
  const std::string_view action_;
  const std::string who_;
  const std::string from_;
  const std::string agent_;
  std::string what_;
  std::string result_;
};

// Runs `work` and notes how it went: "ok", the failure, or for content that is streamed how much of it was
// sent.
agent::Task<Reply> audited(std::shared_ptr<AuditNote> note, agent::Task<Reply> work);
agent::Task<Payload> audited(std::shared_ptr<AuditNote> note, agent::Task<Payload> work);

}  // namespace server
