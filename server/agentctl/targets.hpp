// Targets: the agents that are connected, and those of them that somebody means.
#pragma once

#include <string>
#include <vector>

#include "agent/json_value.hpp"
#include "agentctl/api_client.hpp"
#include "agentctl/ctl_options.hpp"

namespace agentctl {

// The list of connected agents, of all pages, as one document; an array. `query`: further parameters,
// "&os=linux".
agent::Task<agent::json::Document> fetch_agents(ApiClient* api, std::string query);

// The parameter for a selector, "" for none.
std::string where_query(const std::string& selector);

// The agents' ids in the order they were given, each once. A selector and --all mean those that can run
// commands: agents of type exec-agent. Named ones are taken as they are, connected or not. Throws not_found
// if nobody is meant: nothing was done, and that is no success.
agent::Task<std::vector<std::string>> find_targets(ApiClient* api, TargetOptions targets);

}  // namespace agentctl
