// claim: who gets an agent id: the newcomer, also from a session that is dead, or the agent that has it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "agent/task.hpp"
#include "hub/agent_session.hpp"
#include "hub/hub.hpp"

namespace server {

// Registers `session`: accepted, taken_over (the incumbent is closed), conflict (it is another agent and
// alive, or the id belongs to another token), revoked, no_room, not_stored, or stopping. Asks an incumbent
// for a sign of life first, which takes up to HubOptions::probe. With a token the id belongs to it from then
// on (hub/bindings.hpp); a session that is refused leaves no binding. On the shard of the id, where whoever
// else claims it is, too. Returns in the same turn of the loop in which the session was registered.
agent::Task<ConnectResult> claim(Hub& hub, std::shared_ptr<Session> session);

// ---- its decision, without I/O

// What is known of a session that holds the id which a newcomer claims.
struct Incumbent {
  std::string_view instance;  // random per process start, "" for originals
  // It came with a token of another name than the newcomer, as is possible once an id was released.
  bool has_other_token = false;
  enum class Sign { unknown, alive, silent } sign = Sign::unknown;
};

enum class Claim {
  take_over,  // the incumbent is the same process reconnecting, or dead
  probe,      // ping the incumbent first
  refuse,     // another agent lives under this id
};

Claim claim_id(const Incumbent& incumbent, std::string_view newcomer_instance);

// ---- what is said when the id is another's

// For the log: the token that the id belongs to, and since when and from where it is connected.
std::string describe_conflict(const Hub& hub, const Session& newcomer);

// For the refused agent: "agent id conflict" and nothing else for originals (wire protocol, 4); ours are told
// since when and from where the id is connected, but nothing of the holder of another token.
std::string conflict_text(const Hub& hub, const Session& newcomer);

}  // namespace server
