// GET /api/metrics/{id}/static, /dynamic, /dynamic/...: what a metrics-agent says about its host (reference
// HTTP API, A.2 and A.3). max_age is ours.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/json.hpp"
#include "api/api.hpp"
#include "api/metrics_query.hpp"
#include "api/metrics_views.hpp"
#include "http/schema.hpp"
#include "metrics/host_samples.hpp"

namespace server {
namespace {

using agent::Task;
namespace wire = agent::wire;

SampleSources sources_of(Api& api) {
  return {.hub = &api.hub(), .reports = &api.reports(), .pool = &api.pool()};
}

Task<Payload> show_facts(Api* api, Request* request) {
  auto step = facts_of(sources_of(*api), request->arguments.text("id"), read_max_age(*request));
  const wire::StaticReply facts = co_await std::move(step);
  co_return payload(view_of(facts));
}

// One kind of sample by itself, or all of them.
using Part = std::optional<ReportKind>;

std::string json_of(const SamplesView& view, Part part) {
  if (!part) return agent::json::encode(view);
  switch (*part) {
    case ReportKind::usage: return agent::json::encode(view.usage);
    case ReportKind::processes: return agent::json::encode(view.processes);
    case ReportKind::connections: return agent::json::encode(view.connections);
    default: return view.temperatures.empty() ? "[]" : agent::json::encode(view.temperatures);
  }
}

// Long lists are written on another thread.
Task<Payload> show_samples(Api* api, Request* request, SampleQuery query, Part part) {
  query.max_age = read_max_age(*request);
  auto step = samples_of(sources_of(*api), request->arguments.text("id"), std::move(query));
  const wire::DynamicReply samples = co_await std::move(step);
  const auto write = [&samples, part] { return json_of(view_of(samples), part); };
  Payload out;
  out.json = co_await api->pool().run(write);
  co_return out;
}

Task<Payload> show_all(Api* api, Request* request) {
  SampleQuery query;
  query.kinds = {ReportKind::usage, ReportKind::processes, ReportKind::connections, ReportKind::temperatures};
  query.top = read_top(*request);
  query.connections = read_kinds(*request);
  return show_samples(api, request, std::move(query), std::nullopt);
}

Task<Payload> show_part(Api* api, Request* request, ReportKind kind) {
  SampleQuery query;
  query.kinds = {kind};
  if (kind == ReportKind::processes) query.top = read_top(*request);
  if (kind == ReportKind::connections) query.connections = read_kinds(*request);
  return show_samples(api, request, std::move(query), kind);
}

Route part_route(Api& api, ReportKind kind) {
  Route route;
  route.method = "GET";
  route.parameters = {metrics_agent_parameter(), max_age_parameter()};
  route.at_agent = "id";
  route.handler = PayloadTask([&api, kind](Request* request) { return show_part(&api, request, kind); });
  return route;
}

void add_part_routes(Router& router, Api& api) {
  Route usage = part_route(api, ReportKind::usage);
  usage.pattern = "/api/metrics/{id}/dynamic/usage";
  usage.summary = "Load of a host: processors, memory, file systems, network interfaces";
  usage.schema = schema_of<UsageView>();
  router.add(std::move(usage));

  Route processes = part_route(api, ReportKind::processes);
  processes.pattern = "/api/metrics/{id}/dynamic/process";
  processes.summary = "Processes of a host; null when there are none";
  processes.parameters.push_back(top_parameter());
  processes.schema = schema_of<std::vector<ProcessUsageView>>();
  router.add(std::move(processes));

  Route connections = part_route(api, ReportKind::connections);
  connections.pattern = "/api/metrics/{id}/dynamic/connections";
  connections.summary = "Sockets of a host; null when there are none";
  connections.parameters.push_back(kinds_parameter());
  connections.schema = schema_of<std::vector<ConnectionView>>();
  router.add(std::move(connections));

  Route temperatures = part_route(api, ReportKind::temperatures);
  temperatures.pattern = "/api/metrics/{id}/dynamic/temps";
  temperatures.summary = "Temperatures of a host; an empty list when it has no sensors";
  temperatures.schema = schema_of<std::vector<TemperatureView>>();
  router.add(std::move(temperatures));
}

}  // namespace

void add_metrics_sample_routes(Router& router, Api& api) {
  Route facts;
  facts.method = "GET";
  facts.pattern = "/api/metrics/{id}/static";
  facts.summary = "What a host is: system, processors, memory, disks, file systems, network, users";
  facts.parameters = {metrics_agent_parameter(), max_age_parameter()};
  facts.schema = schema_of<FactsView>();
  facts.at_agent = "id";
  facts.handler = PayloadTask([&api](Request* request) { return show_facts(&api, request); });
  router.add(std::move(facts));

  Route all;
  all.method = "GET";
  all.pattern = "/api/metrics/{id}/dynamic";
  all.summary = "What a host does: load, processes, sockets and temperatures; what is empty is left out";
  all.parameters = {metrics_agent_parameter(), max_age_parameter(), top_parameter(), kinds_parameter()};
  all.schema = schema_of<SamplesView>();
  all.at_agent = "id";
  all.handler = PayloadTask([&api](Request* request) { return show_all(&api, request); });
  router.add(std::move(all));
  add_part_routes(router, api);
}

}  // namespace server
