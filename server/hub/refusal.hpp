// What the refusal of a request means, for all who ask agents.
#pragma once

#include <string>

#include "agent/error.hpp"
#include "agent/message.hpp"

namespace server {

// too_many when `text` is what our agents and sessions say when they do as much at once as they may, and
// refused with any other text, whoever it is from.
agent::Error refusal(const std::string& text);
// The same for an error reply, type 0. wrong_type when the agent serves no requests of that type, which only
// our own agents say (capability `end`).
agent::Error refusal(const agent::Envelope& error);

}  // namespace server
