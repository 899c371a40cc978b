// claim: a newcomer takes its id, also from a session that is dead.
#pragma once

#include <memory>

#include "agent/task.hpp"
#include "hub/agent_session.hpp"
#include "hub/hub.hpp"

namespace server {

// Registers `session`: accepted, taken_over (the incumbent is closed), conflict (it is another agent and
// alive, or the id belongs to another token), revoked, no_room, not_stored, or stopping. Asks an incumbent
// for a sign of life first, which takes up to HubOptions::probe. With a token the id belongs to it from then
// on (hub/bindings.hpp); a session that is refused leaves no binding. On the session's loop. Returns in the
// same turn of the loop in which the session was registered.
agent::Task<ConnectResult> claim(Hub& hub, std::shared_ptr<Session> session);

}  // namespace server
