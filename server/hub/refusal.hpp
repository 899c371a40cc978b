// What the refusal of a request means, for all who ask agents.
#pragma once

#include <string>

#include "agent/error.hpp"

namespace server {

// too_many when `text` is what our agents and sessions say when they do as much at once as they may, and
// refused with any other text, whoever it is from.
agent::Error refusal(const std::string& text);

}  // namespace server
