#include "http/upgrade.hpp"

#include <strings.h>

#include <utility>

#include "agent/error.hpp"
#include "http/dispatch.hpp"

namespace server {
namespace {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

Reply denied_agent(std::string_view why) {
  Reply reply = text_reply(401, why);
  reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

}  // namespace

bool origin_allowed(const agent::net::HttpHead& request) {
  std::string_view origin = request.header("Origin");
  if (origin.empty()) return true;
  std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  std::string_view host = origin.substr(scheme + 3);
  return equals_ignoring_case(host.substr(0, host.find('/')), request.header("Host"));
}

UpgradeAnswer judge_upgrade(const agent::net::HttpHead& request, const ListenerHooks& hooks,
                            bool allow_deflate) {
  Admitted admitted;
  if (hooks.enroll_token) {
    std::string_view token = bearer_token(request);
    if (token.empty()) return denied_agent("an enrollment token is required: Authorization: Bearer <token>");
    std::optional<Grant> grant = hooks.enroll_token(token);
    if (!grant) return denied_agent("unknown enrollment token");
    admitted.grant = std::move(*grant);
  }
  if (!origin_allowed(request)) return text_reply(403, "Origin: does not match Host");
  try {
    admitted.upgrade = agent::net::accept_upgrade(request, allow_deflate);
  } catch (const agent::Error& error) {
    return text_reply(400, error.what());
  }
  if (!hooks.admit) return admitted;
  std::optional<std::chrono::seconds> wait = hooks.admit();
  if (!wait) return admitted;
  Reply reply = text_reply(503, "rate limit");
  reply.headers.emplace_back("Retry-After", std::to_string(wait->count()));
  return reply;
}

}  // namespace server
