// serve_agent: an agent's connection from the upgrade to its end.
#pragma once

#include <memory>

#include "agent/task.hpp"
#include "hub/hub.hpp"
#include "net/websocket.hpp"

namespace server {

// Reads `come`, answers it, and serves the session until it ends. Runs on the socket's loop, which the
// hub must know. What the peer does wrong is told to it and logged, never thrown.
agent::Task<> serve_agent(Hub& hub, std::unique_ptr<agent::net::WebSocket> socket);

}  // namespace server
