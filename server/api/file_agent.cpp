#include "api/file_agent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agent/error.hpp"
#include "api/audit_note.hpp"

namespace server {
namespace {

constexpr std::int64_t kTimeoutMax = 24 * 60 * 60;  // seconds

}  // namespace

std::shared_ptr<Session> find_file_agent(Api& api, const Request& request) {
  try {
    return api.hub().find_agent(request.arguments.text("id"), kFileAgent);
  } catch (const agent::Error& error) {
    if (error.code() != agent::Errc::not_found) throw;
    return nullptr;
  }
}

Reply unknown_agent() { return text_reply(404, "agent not found"); }

std::chrono::seconds checked_timeout(std::int64_t seconds) {
  if (seconds < 1) throw RequestError(400, fmt::format("bad param: timeout: {} is less than 1", seconds));
  return std::chrono::seconds(std::min(seconds, kTimeoutMax));
}

Handler audited_file_route(Api& api, std::string_view action, agent::Task<Reply> (*handle)(Api*, Request*)) {
  return ReplyTask([&api, action, handle](Request* request) {
    auto note = std::make_shared<AuditNote>(api.audit(), action, *request, request->arguments.text("dir"));
    return audited(std::move(note), handle(&api, request));
  });
}

}  // namespace server
