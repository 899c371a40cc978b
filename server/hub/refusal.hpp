// What the refusal of a request means, for all who ask agents.
#pragma once

#include "agent/error.hpp"
#include "agent/message.hpp"

namespace server {

// A reply whose `ok` is false: too_many when the agent does as much at once as it may (docs/wire.md, "Refused
// for now"), which originals do not say; otherwise refused. The text is the agent's.
template <class Reply>
agent::Error refusal(const Reply& reply) {
  return {reply.too_many ? agent::Errc::too_many : agent::Errc::refused, reply.msg};
}
// An error reply, type 0: wrong_type when the agent serves no requests of that type, which only our own
// agents say (capability `end`); otherwise refused.
agent::Error refusal(const agent::Envelope& error);

}  // namespace server
