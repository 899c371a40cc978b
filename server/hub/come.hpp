// come: the first message of an agent, checked.
#pragma once

#include <cstddef>
#include <string>

#include "agent/wire/control.hpp"

namespace server {

// Bytes of a first message, where max_message is not less. Theirs are below 1 KB. Whoever has not said who it
// is is lent no more memory than this, and what it says is kept as long as the session.
inline constexpr std::size_t kComeLimit = 64 * 1024;

// Throws bad_message with a text for the agent's log. An empty id is left empty.
agent::wire::Come read_come(std::string text);

}  // namespace server
