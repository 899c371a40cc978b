// What views of the fleet show of one agent and of one layout, as JSON. Any thread.
#pragma once

#include <string>
#include <vector>

#include "commands/command_table.hpp"
#include "commands/layout_status.hpp"
#include "hub/agent_session.hpp"
#include "hub/hub.hpp"

namespace server::fleet {

// Which agent is connected, and since when: what its message `come` said.
std::string agent_value(const Hub& hub, const Session& session);
// How a layout fares, its nodes counted.
std::string layout_value(const LayoutStatus& status);
// The commands of a shard's agents, on its loop.
agent::Task<std::vector<CommandRecord>> records_on(const CommandTable* commands, const Shard* shard);

}  // namespace server::fleet
