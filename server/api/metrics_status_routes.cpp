// GET, PUT /api/metrics/{id}/status, PUT /api/metrics/status: what metrics-agents collect (reference HTTP
// API, A.2).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "api/api.hpp"
#include "api/audit_note.hpp"
#include "api/metrics_query.hpp"
#include "api/metrics_views.hpp"
#include "http/json_body.hpp"
#include "http/schema.hpp"
#include "metrics/collect.hpp"

namespace server {
namespace {

using agent::Task;

struct JobsOrder {
  std::vector<std::string> jobs;

  static void fields(auto& field) {
    field("jobs", &JobsOrder::jobs,
          "all that is to be collected: static, usage, process, conns, temps; none: nothing");
  }
};

struct SwitchOrder {
  bool start = false;
  std::string os;

  static void fields(auto& field) {
    field("start", &SwitchOrder::start, "true: all five jobs; false: none");
    field("os", &SwitchOrder::os, "linux or windows; empty: any");
  }
};

template <class Order>
Task<Order> read_order(Request* request) {
  const agent::json::Document body = co_await json_body(request);
  Order order;
  try {
    agent::json::read(body.root(), order);
  } catch (const agent::Error& error) {
    throw RequestError(400, fmt::format("bad param: {}", error.text()));
  }
  co_return order;
}

Task<Payload> show_jobs(Api* api, Request* request) {
  auto call = ask_jobs(&api->hub(), request->arguments.text("id"));
  const agent::wire::CollectStatus status = co_await std::move(call);
  co_return payload(view_of(status));
}

Task<Payload> set_jobs(Api* api, Request* request, std::shared_ptr<AuditNote> note) {
  auto reading = read_order<JobsOrder>(request);
  JobsOrder order = co_await std::move(reading);
  note->set_what(fmt::format("{}", fmt::join(order.jobs, ",")));
  if (const auto fault = unknown_job(order.jobs)) throw RequestError(400, "bad param: jobs: " + *fault);
  auto call = change_jobs(&api->hub(), request->arguments.text("id"), std::move(order.jobs));
  const std::optional<agent::wire::CollectStatus> status = co_await std::move(call);
  if (!status) co_return Payload{};
  co_return payload(view_of(*status));
}

void note_switch(const Api& api, const Request& request, const SwitchOrder& order, const JobsChange& change) {
  api.audit().write({.action = "jobs",
                     .who = request.token_name,
                     .from = request.remote_address,
                     .agent = {},
                     .command_id = {},
                     .what = fmt::format("all {} agents: {}", order.os, order.start ? "start" : "stop"),
                     .result = fmt::format("{} of {}", change.success, change.total)});
}

Task<Payload> switch_all(Api* api, Request* request) {
  auto reading = read_order<SwitchOrder>(request);
  const SwitchOrder order = co_await std::move(reading);
  if (!order.os.empty() && order.os != "linux" && order.os != "windows")
    throw RequestError(400,
                       fmt::format("bad param: os: '{}' is unknown; known are linux, windows", order.os));
  std::vector<std::string> jobs;
  if (order.start) jobs.assign(kJobs.begin(), kJobs.end());
  auto work = change_all_jobs(&api->hub(), request->loop, order.os, std::move(jobs));
  const JobsChange change = co_await std::move(work);
  note_switch(*api, *request, order, change);
  co_return payload(change);
}

}  // namespace

void add_metrics_status_routes(Router& router, Api& api) {
  Route show;
  show.method = "GET";
  show.pattern = "/api/metrics/{id}/status";
  show.summary = "What a metrics-agent collects, and how often";
  show.parameters = {metrics_agent_parameter()};
  show.schema = schema_of<CollectView>();
  show.at_agent = "id";
  show.handler = PayloadTask([&api](Request* request) { return show_jobs(&api, request); });
  router.add(std::move(show));

  Route set;
  set.method = "PUT";
  set.pattern = "/api/metrics/{id}/status";
  set.summary =
      "Collect these jobs and nothing else from now on. The payload is what the agent has made of it; original agents do "
      "not answer, are not waited for, and have no payload";
  set.parameters = {metrics_agent_parameter()};
  set.schema = schema_of<CollectView>();
  set.body_schema = schema_of<JobsOrder>();
  set.at_agent = "id";
  set.handler = PayloadTask([&api](Request* request) {
    auto note = std::make_shared<AuditNote>(api.audit(), "jobs", *request, "");
    return audited(note, set_jobs(&api, request, note));
  });
  router.add(std::move(set));

  Route all;
  all.method = "PUT";
  all.pattern = "/api/metrics/status";
  all.summary =
      "Start all jobs of all connected metrics-agents, or stop them. Waits for the agents, but for original ones, which do "
      "not answer";
  all.schema = schema_of<JobsChange>();
  all.body_schema = schema_of<SwitchOrder>();
  all.handler = PayloadTask([&api](Request* request) { return switch_all(&api, request); });
  router.add(std::move(all));
}

}  // namespace server
