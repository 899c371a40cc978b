// GET /api/agents, /api/agents/{id}: which agents are connected (reference HTTP API, A.2).
#include <algorithm>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "api/api.hpp"
#include "http/schema.hpp"
#include "hub/session.hpp"

namespace server {
namespace {

struct AgentView {
  std::string id;
  std::string type;
  std::string version;
  std::string ip;
  std::string mac;
  std::string os;
  std::string platform;
  std::string arch;
  bool is_busy = false;

  static void fields(auto& field) {
    field("id", &AgentView::id, "agent id");
    field("type", &AgentView::type, "agent type, such as exec-agent");
    field("version", &AgentView::version, "agent version");
    field("ip", &AgentView::ip, "address the agent connects from, as it says itself; empty: unknown");
    field("mac", &AgentView::mac, "hardware address of the interface that owns ip");
    field("os", &AgentView::os, "linux or windows");
    field("platform", &AgentView::platform, "distribution, such as debian");
    field("arch", &AgentView::arch, "kernel machine, such as x86_64");
    field("is_busy", &AgentView::is_busy, "always false");
  }
};

AgentView view_of(const Session& session) {
  const agent::wire::Come& come = session.come();
  return {session.id(), session.type(), come.version, come.ip.text, come.mac,
          come.os,      come.platform,  come.arch,    false};
}

bool matches(const Session& session, const std::string& type, const std::string& os) {
  if (!type.empty() && session.type() != type) return false;
  bool is_known_os = os == "linux" || os == "windows";  // anything else means all, as in the original
  return !is_known_os || session.come().os == os;
}

Payload list_agents(Api& api, const Request& request) {
  const std::string& type = request.arguments.text("type");
  const std::string& os = request.arguments.text("os");
  auto page = static_cast<std::size_t>(request.arguments.integer("page"));
  auto size = static_cast<std::size_t>(request.arguments.integer("size"));

  std::vector<std::shared_ptr<Session>> sessions = api.hub().list();
  std::erase_if(sessions, [&](const auto& session) { return !matches(*session, type, os); });
  if (page - 1 >= (sessions.size() + size - 1) / size) return {};  // beyond the end: no payload
  std::vector<AgentView> agents;
  for (std::size_t i = (page - 1) * size; i < sessions.size() && agents.size() < size; ++i) {
    agents.push_back(view_of(*sessions[i]));
  }
  return payload(agents);
}

Payload show_agent(Api& api, const Request& request) {
  return payload(view_of(*api.hub().find_agent(request.arguments.text("id"), "")));
}

}  // namespace

void add_agent_routes(Router& router, Api& api) {
  Route list;
  list.method = "GET";
  list.pattern = "/api/agents";
  list.summary = "Connected agents, sorted by id; no payload beyond the last page";
  list.parameters = {
      {.name = "type", .summary = "only agents of this type"},
      {.name = "os", .summary = "linux or windows; anything else: all"},
      {.name = "page", .type = Type::integer, .summary = "page, from 1", .fallback = 1, .min = 1},
      {.name = "size", .type = Type::integer, .summary = "agents per page", .fallback = 20, .min = 10},
  };
  list.schema = schema_of<std::vector<AgentView>>();
  list.handler = PayloadHandler([&api](Request& request) { return list_agents(api, request); });
  router.add(std::move(list));

  Route show;
  show.method = "GET";
  show.pattern = "/api/agents/{id}";
  show.summary = "One connected agent";
  show.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  show.schema = schema_of<AgentView>();
  show.handler = PayloadHandler([&api](Request& request) { return show_agent(api, request); });
  router.add(std::move(show));
}

}  // namespace server
