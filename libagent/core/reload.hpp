// What SIGHUP asks of an agent.
#pragma once

#include "core/agent_state.hpp"

namespace agent::core {

// Opens the log files again, in case that they were moved, and reads the log level and the names of the TLS
// files from the configuration again; what is wrong with those is in the log and changes nothing. Whoever
// connects next must read the TLS files. Never throws.
void reload(AgentState& state);

}  // namespace agent::core
