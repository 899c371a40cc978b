// Identifiers: made here, opaque to everyone else. None of them is a secret.
#pragma once

#include <string>
#include <string_view>

namespace server {

// The longest agent id that is accepted, in bytes.
inline constexpr std::size_t kIdLimit = 256;

// "YYYYMMDD-NNNNN-hhhhhhhhhhhhhhhh": local date, counter of this process, random (wire protocol, 3.3).
std::string new_tid();

// "agent-YYYYMMDD-hhhhhhhhhhhhhhhh" (wire protocol, 3.5).
std::string new_agent_id();

// What is wrong with an id that an agent brings, nullptr when nothing is.
const char* id_fault(std::string_view id);

}  // namespace server
