// unavailable: what stands behind a 503. A server says it for itself and for agents that refuse, so that the
// words and the form tell. Pure.
#pragma once

#include "agentctl/api_client.hpp"

namespace agentctl {

enum class Unavailable {
  not_at_all,   // another code
  agent_word,   // the agent refused: the text is its own
  full_disk,    // the server's cache is on a disk that is too full: everything under /api is refused
  stopping,     // the server is being stopped; what it was asked for may still happen
  not_reading,  // the agent is connected and takes nothing
  proxy,        // something before the server answers: 502, 503 or 504
};

Unavailable why_unavailable(const ApiError& error);

// Whether the same call may go well later, and nobody need do anything for that.
inline bool passes_by_itself(Unavailable why) {
  return why == Unavailable::stopping || why == Unavailable::proxy;
}

}  // namespace agentctl
