// An agent as a service of the system: what the verbs need to know of it.
#pragma once

#include "agent/service.hpp"
#include "core/agent_state.hpp"
#include "host/service/service_program.hpp"

namespace agent::core {

// `state` must outlive it; its configuration is read anew when a verb asks.
host::ServiceProgram service_program(AgentState& state, const ServiceProfile& profile);

}  // namespace agent::core
