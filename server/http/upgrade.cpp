#include "http/upgrade.hpp"

#include <utility>

#include "agent/error.hpp"
#include "http/dispatch.hpp"
#include "net/upgrade_rules.hpp"

namespace server {
namespace {

// 426 says which version, and which protocol, would be right (RFC 6455, 4.4; RFC 9110, 15.5.22).
Reply wrong_upgrade(const agent::net::HttpFault& fault) {
  Reply reply = text_reply(fault.status, fault.what());
  if (fault.status == 426) {
    reply.headers = {{"Sec-WebSocket-Version", std::string(agent::net::kWebSocketVersion)},
                     {"Upgrade", "websocket"},
                     {"Connection", "Upgrade"}};
  }
  return reply;
}

Reply denied_agent(std::string_view why) {
  Reply reply = text_reply(401, why);
  reply.headers.emplace_back("WWW-Authenticate", "Bearer");
  return reply;
}

}  // namespace

Reply upgrade_reply(const agent::net::HttpHead& request) {
  if (request.method != "GET") return other_method(request.method, "GET, OPTIONS");
  if (!request.upgrade) return wrong_upgrade(agent::net::HttpFault(426, "ask for an upgrade to a WebSocket"));
  try {
    const agent::net::Upgrade upgrade = agent::net::accept_upgrade(request, false);
    Reply reply = text_reply(101, "");
    reply.headers = {
        {"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", upgrade.accept}};
    return reply;
  } catch (const agent::net::HttpFault& fault) {
    return wrong_upgrade(fault);
  } catch (const agent::Error& error) {
    return text_reply(400, error.what());
  }
}

UpgradeAnswer judge_upgrade(const agent::net::HttpHead& request, const ListenerHooks& hooks,
                            bool allow_deflate) {
  if (request.method != "GET") return other_method(request.method, "GET, OPTIONS");
  Admitted admitted;
  if (hooks.enroll_token) {
    std::string_view token = bearer_token(request);
    if (token.empty()) return denied_agent("an enrollment token is required: Authorization: Bearer <token>");
    std::optional<Grant> grant = hooks.enroll_token(token);
    if (!grant) return denied_agent("unknown enrollment token");
    admitted.grant = std::move(*grant);
  }
  try {
    admitted.upgrade = agent::net::accept_upgrade(request, allow_deflate);
  } catch (const agent::net::HttpFault& fault) {
    return wrong_upgrade(fault);
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
