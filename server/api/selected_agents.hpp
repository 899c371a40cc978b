// What a request's selector (`where`) means for the hub's sessions. All routes that take one ask here.
#pragma once

#include <optional>
#include <string>

#include "api/agent_selector.hpp"
#include "http/request.hpp"
#include "hub/agent_session.hpp"
#include "hub/bindings.hpp"
#include "hub/hub.hpp"

namespace server {

// The parameter `where` of a route.
inline constexpr std::string_view kWhereText =
    "only agents that match a selector, such as name=web-* and os=linux and version>=2.1 (docs/agentctl.md); at most "
    "4096 bytes";

// Throws RequestError 400 with the place of what is wrong.
AgentSelector selector_of(const Request& request);
bool is_selected(const Hub& hub, const Session& session, const AgentSelector& selector);
// The token that an id belongs to, nullopt: none, or no agent is asked for one.
std::optional<Binding> binding_of(const Hub& hub, const std::string& id);

}  // namespace server
