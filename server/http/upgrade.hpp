// Upgrade: whether a request may become an agent's WebSocket. A decision without I/O.
#pragma once

#include <string>
#include <variant>

#include "http/listener.hpp"
#include "http/reply.hpp"
#include "net/http.hpp"
#include "net/websocket_codec.hpp"

namespace server {

// What the agent is told: the upgrade, or why not.
struct Admitted {
  agent::net::Upgrade upgrade;
  Grant grant;  // of the enrollment token
};
using UpgradeAnswer = std::variant<Admitted, Reply>;

// Checks in this order: the method (405, and 204 for OPTIONS), enrollment token (401), the upgrade itself
// (400, 426; net/upgrade_rules.hpp), admission (503 with Retry-After): only who could come in takes a place
// in the bucket. The client itself is judged before (origin.hpp).
UpgradeAnswer judge_upgrade(const agent::net::HttpHead& request, const ListenerHooks& hooks,
                            bool allow_deflate);

// For clients that ask a route for a WebSocket: 101, or why not (400, 405, 426). No compression.
Reply upgrade_reply(const agent::net::HttpHead& request);

}  // namespace server
