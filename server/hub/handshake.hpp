// serve_agent: an agent's connection from the upgrade to its end.
#pragma once

#include <memory>
#include <string>

#include "agent/task.hpp"
#include "hub/hub.hpp"
#include "net/websocket.hpp"

namespace server {

// Reads `come`, answers it, and serves the session until it ends. Runs on the socket's loop, which the
// hub must know. What the peer does wrong is told to it and logged, never thrown.
// `enrolled_as`: name of the enrollment token that the agent showed, "" without one; for the log.
agent::Task<> serve_agent(Hub& hub, std::unique_ptr<agent::net::WebSocket> socket, std::string enrolled_as);

}  // namespace server
