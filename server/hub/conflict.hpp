// Conflict: an agent claims an id that is another's. What is said about it, and to whom.
#pragma once

#include <string>

#include "hub/agent_session.hpp"
#include "hub/hub.hpp"

namespace server {

// For the log: the token that the id belongs to, and since when and from where it is connected.
std::string describe_conflict(const Hub& hub, const Session& newcomer);

// For the refused agent: "agent id conflict" and nothing else for originals (wire protocol, 4); ours are told
// since when and from where the id is connected, but nothing of the holder of another token.
std::string conflict_text(const Hub& hub, const Session& newcomer);

}  // namespace server
