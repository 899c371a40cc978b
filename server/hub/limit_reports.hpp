// What an agent says of its own limits (limit.*), as it is kept and shown. The agent is not trusted.
#pragma once

#include <cstddef>

#include "agent/wire/control.hpp"

namespace server {

// Bytes of each text. 10,000 agents with four full limits are 40 MB.
inline constexpr std::size_t kLimitTextMax = 512;

// Those of known kinds ("cpu", "memory", "disk", "tasks"), the first of each; longer texts are cut.
agent::wire::LimitReports known_limits(agent::wire::LimitReports said);

}  // namespace server
