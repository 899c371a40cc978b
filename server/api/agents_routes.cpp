// GET /api/agents, /api/agents/{id}: which agents are connected (reference HTTP API, A.2).
// GET, DELETE /api/agents/{id}/binding: the token that an agent id belongs to. Ours.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "api/api.hpp"
#include "api/selected_agents.hpp"
#include "http/exposition_reply.hpp"
#include "http/schema.hpp"
#include "http/text_route.hpp"
#include "hub/agent_session.hpp"
#include "hub/bindings.hpp"

namespace server {
namespace {

// What an agent has said about its own process last.
struct OwnReportView {
  std::int64_t received = 0;
  double cpu_percent = 0;
  double memory_percent = 0;
  std::int64_t threads = 0;
  std::int64_t calls = 0;
  std::int64_t started = 0;
  std::uint64_t heap_bytes = 0;
  std::uint64_t in_messages = 0;
  std::uint64_t out_messages = 0;
  std::int64_t reconnects = 0;

  static void fields(auto& field) {
    field("received", &OwnReportView::received, "Unix seconds at which it came");
    field("cpu_percent", &OwnReportView::cpu_percent,
          "of its process since the report before, 100 = one core");
    field("memory_percent", &OwnReportView::memory_percent, "resident, of the machine's memory");
    field("threads", &OwnReportView::threads, "threads");
    field("calls", &OwnReportView::calls, "calls in progress");
    field("started", &OwnReportView::started, "Unix seconds of the process's start");
    field("heap_bytes", &OwnReportView::heap_bytes, "heap in use");
    field("in_messages", &OwnReportView::in_messages, "messages received");
    field("out_messages", &OwnReportView::out_messages, "messages sent");
    field("reconnects", &OwnReportView::reconnects, "since its start");
  }
};

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
  std::string binding;
  std::vector<agent::wire::LimitReport> limits;
  std::optional<OwnReportView> report{};

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
    field("binding", &AgentView::binding, "name of the enrollment token that the id belongs to",
          agent::omit_empty);
    field("limits", &AgentView::limits,
          "the agent's own limits that are configured, and whether they hold; as it reported them last",
          agent::omit_empty);
    field("report", &AgentView::report, "its last self-report; of one agent, not in the list",
          agent::omit_empty);
  }
};

OwnReportView view_of(const Report& report) {
  const agent::wire::AgentInfo& info = report.info;
  return {.received = std::chrono::system_clock::to_time_t(report.received_at),
          .cpu_percent = info.cpu_usage,
          .memory_percent = info.memory_usage,
          .threads = static_cast<std::int64_t>(info.threads),
          .calls = static_cast<std::int64_t>(info.routines),
          .started = static_cast<std::int64_t>(info.startup),
          .heap_bytes = static_cast<std::uint64_t>(info.heap_in_use),
          .in_messages = static_cast<std::uint64_t>(info.in_packets),
          .out_messages = static_cast<std::uint64_t>(info.out_packets),
          .reconnects = static_cast<std::int64_t>(info.reconnect_count)};
}

AgentView view_of(const Hub& hub, const Session& session) {
  const agent::wire::Come& come = session.come();
  AgentView view{session.id(),  session.type(), come.version, come.ip.text, come.mac, come.os,
                 come.platform, come.arch,      false,        {},           {}};
  if (const auto report = session.report()) view.limits = report->info.limits.list;
  if (auto binding = binding_of(hub, session.id())) view.binding = std::move(binding->token);
  return view;
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

  const AgentSelector selector = selector_of(request);

  std::vector<std::shared_ptr<Session>> sessions = api.hub().list();
  std::erase_if(sessions, [&](const auto& session) { return !matches(*session, type, os); });
  if (!request.arguments.text("where").empty())
    std::erase_if(sessions, [&](const auto& session) { return !is_selected(api.hub(), *session, selector); });
  if (page - 1 >= (sessions.size() + size - 1) / size) return {};  // beyond the end: no payload
  std::vector<AgentView> agents;
  for (std::size_t i = (page - 1) * size; i < sessions.size() && agents.size() < size; ++i) {
    agents.push_back(view_of(api.hub(), *sessions[i]));
  }
  return payload(agents);
}

Payload show_agent(Api& api, const Request& request) {
  const std::shared_ptr<Session> session = api.hub().find_agent(request.arguments.text("id"), "");
  AgentView view = view_of(api.hub(), *session);
  if (const auto report = session->report()) view.report = view_of(*report);
  return payload(view);
}

// Also of an agent that is away.
Payload show_binding(Api& api, const Request& request) {
  const std::optional<Binding> binding = binding_of(api.hub(), request.arguments.text("id"));
  if (!binding) throw agent::Error(agent::Errc::not_found, "binding");
  return payload(*binding);
}

agent::Task<Payload> release_binding(Api* api, Request* request) {
  const std::string& id = request->arguments.text("id");
  const std::optional<Binding> binding = binding_of(api->hub(), id);
  if (!binding) throw agent::Error(agent::Errc::not_found, "binding");
  api->audit().write({.action = "unbind",
                      .who = request->token_name,
                      .from = request->remote_address,
                      .agent = id,
                      .command_id = {},
                      .what = "token " + binding->token,
                      .result = "released"});
  auto step = api->hub().bindings()->release(*request->loop, id);
  const bool was_bound = co_await std::move(step);
  if (!was_bound) throw agent::Error(agent::Errc::not_found, "binding");
  co_return Payload{};
}

// What the last self-report brought.
Reply show_series(Api& api, const Request& request) {
  const auto session = api.hub().find_agent(request.arguments.text("id"), "");
  const std::shared_ptr<const Report> report = session->report();
  agent::metrics::Exposition out;
  if (report) expose_series({report->series}, out);
  return exposition_reply(out.take());
}

void add_series_route(Router& router, Api& api) {
  Route route = text_route(
      "/api/agents/{id}/metrics",
      "The agent's own metrics, as its last self-report brought them, in Prometheus' text format 0.0.4; empty for "
      "an agent that has none, reports nothing (monitor.enabled) or is an original",
      ReplyHandler([&api](Request& request) { return show_series(api, request); }));
  route.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  router.add(std::move(route));
}

void add_binding_routes(Router& router, Api& api) {
  Route show;
  show.method = "GET";
  show.pattern = "/api/agents/{id}/binding";
  show.summary = "The enrollment token that an agent id belongs to, also while the agent is away";
  show.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  show.schema = schema_of<Binding>();
  show.handler = PayloadHandler([&api](Request& request) { return show_binding(api, request); });
  router.add(std::move(show));

  Route release;
  release.method = "DELETE";
  release.pattern = "/api/agents/{id}/binding";
  release.summary = "Release an agent id: it belongs to the token that uses it next";
  release.parameters = {{.name = "id", .in = In::path, .summary = "agent id"}};
  release.handler = PayloadTask([&api](Request* request) { return release_binding(&api, request); });
  router.add(std::move(release));
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
      {.name = "where", .summary = kWhereText},
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

  add_series_route(router, api);
  add_binding_routes(router, api);
}

}  // namespace server
