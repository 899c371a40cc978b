#include "api/selected_agents.hpp"

#include "agent/error.hpp"
#include "http/reply.hpp"

namespace server {

std::optional<Binding> binding_of(const Hub& hub, const std::string& id) {
  return hub.bindings() == nullptr ? std::nullopt : hub.bindings()->find(id);
}

AgentSelector selector_of(const Request& request) {
  try {
    return AgentSelector(request.arguments.text("where"));
  } catch (const agent::Error& error) {
    throw RequestError(400, "bad param: where: " + std::string(error.text()));
  }
}

bool is_selected(const Hub& hub, const Session& session, const AgentSelector& selector) {
  const agent::wire::Come& come = session.come();
  const std::optional<Binding> binding = binding_of(hub, session.id());
  return selector.matches({.id = session.id(),
                           .type = session.type(),
                           .version = come.version,
                           .os = come.os,
                           .platform = come.platform,
                           .arch = come.arch,
                           .ip = come.ip.text,
                           .mac = come.mac,
                           .binding = binding ? std::string_view(binding->token) : std::string_view()});
}

}  // namespace server
