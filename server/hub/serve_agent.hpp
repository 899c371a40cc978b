// serve_agent: an agent's connection from the upgrade to its end.
#pragma once

#include <memory>
#include <string>

#include "agent/task.hpp"
#include "grant.hpp"
#include "hub/hub.hpp"
#include "net/websocket.hpp"

namespace server {

// Reads `come` on the socket's loop, which may be any; then the connection moves to the shard of the agent's
// id, if it is not there, and this returns: `come` is answered there, and the session served until it ends.
// What the peer does wrong is told to it and logged, never thrown. `grant`: of the enrollment token that the
// agent showed. With one the agent's id belongs to it.
agent::Task<> serve_agent(Hub& hub, std::unique_ptr<agent::net::WebSocket> socket, Grant grant);

}  // namespace server
