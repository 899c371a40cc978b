// GET /api/metrics/{id}/latest: the last reports of a metrics-agent, also of one that has left. Ours.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "api/api.hpp"
#include "api/metrics_query.hpp"
#include "api/metrics_views.hpp"
#include "http/schema.hpp"

namespace server {
namespace {

using agent::Task;
using SystemTime = std::chrono::system_clock::time_point;
namespace wire = agent::wire;

std::int64_t unix_time(SystemTime time) { return std::chrono::system_clock::to_time_t(time); }

template <class Data>
struct ReportView {
  std::int64_t received = 0;
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::optional<Data> data;
  std::uint64_t cut = 0;
  std::vector<ConnectionCountView> counts;
  std::string problem;

  static void fields(auto& field) {
    field("received", &ReportView::received, "Unix seconds of its arrival here");
    field("begin", &ReportView::begin, "Unix seconds of the sample, by the agent's clock");
    field("end", &ReportView::end, "and of its end");
    field("data", &ReportView::data, "as the route of this kind of sample has it", agent::omit_empty);
    field("cut", &ReportView::cut, "entries beyond the list's bound", agent::omit_empty);
    field("count", &ReportView::counts, "all connections by state, listed or not", agent::omit_empty);
    field("problem", &ReportView::problem, "why there is no data: a value that does not fit",
          agent::omit_empty);
  }
};

struct JobView {
  std::string name;
  std::uint64_t interval = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t reports = 0;

  static void fields(auto& field) {
    field("name", &JobView::name, "job");
    field("interval", &JobView::interval, "seconds");
    field("bytes_sent", &JobView::bytes_sent, "bytes sent since the agent's start");
    field("reports", &JobView::reports, "reports sent");
  }
};

struct JobsView {
  std::int64_t received = 0;
  std::vector<JobView> jobs;
  std::uint64_t warnings = 0;

  static void fields(auto& field) {
    field("received", &JobsView::received, "Unix seconds of its arrival here");
    field("jobs", &JobsView::jobs, "what is collected");
    field("warnings", &JobsView::warnings, "samples that failed since the agent's start");
  }
};

struct LatestView {
  bool connected = true;
  std::optional<std::int64_t> left;
  std::optional<ReportView<FactsView>> facts;
  std::optional<ReportView<UsageView>> usage;
  std::optional<ReportView<std::vector<ProcessUsageView>>> processes;
  std::optional<ReportView<std::vector<ConnectionView>>> connections;
  std::optional<ReportView<std::vector<TemperatureView>>> temperatures;
  std::optional<JobsView> jobs;

  static void fields(auto& field) {
    field("connected", &LatestView::connected, "the agent is connected");
    field("left", &LatestView::left, "Unix seconds of its leaving", agent::omit_empty);
    field("static", &LatestView::facts, "what the host is", agent::omit_empty);
    field("usage", &LatestView::usage, "its load", agent::omit_empty);
    field("process", &LatestView::processes, "its processes", agent::omit_empty);
    field("connections", &LatestView::connections, "its sockets", agent::omit_empty);
    field("temperatures", &LatestView::temperatures, "its temperatures", agent::omit_empty);
    field("status", &LatestView::jobs, "what the agent collects", agent::omit_empty);
  }
};

// `fill_data` sets the view's data by the report's message.
template <class Data, class FillData>
void fill(std::optional<ReportView<Data>>& view, const SharedReport& report, FillData fill_data) {
  if (!report) return;
  view.emplace();
  view->received = unix_time(report->times().received);
  view->begin = report->times().begin.seconds;
  view->end = report->times().end.seconds;
  try {
    fill_data(*view, report->message());
  } catch (const agent::Error& error) {
    view->problem = error.what();
  }
}

SamplesView samples(const agent::Envelope& message) { return view_of(message.payload<wire::DynamicReply>()); }

std::optional<JobsView> view_of_jobs(const LastReports& last) {
  if (!last.jobs) return std::nullopt;
  JobsView view{
      .received = unix_time(last.jobs->received), .jobs = {}, .warnings = last.jobs->status.warnings};
  for (const wire::JobStatus& job : last.jobs->status.jobs)
    view.jobs.push_back({job.name, job.interval, job.bytes_sent, job.count});
  return view;
}

LatestView view_of_all(const LastReports& last) {
  using agent::Envelope;
  LatestView view;
  view.connected = !last.left;
  if (last.left) view.left = unix_time(*last.left);
  fill(view.facts, last.of(ReportKind::facts), [](auto& report, const Envelope& message) {
    report.data = view_of(message.payload<wire::StaticReply>());
  });
  fill(view.usage, last.of(ReportKind::usage), [](auto& report, const Envelope& message) {
    report.data = samples(message).usage.value_or(UsageView());
  });
  fill(view.processes, last.of(ReportKind::processes), [](auto& report, const Envelope& message) {
    SamplesView part = samples(message);
    report.data = std::move(part.processes);
    report.cut = part.processes_cut;
  });
  fill(view.connections, last.of(ReportKind::connections), [](auto& report, const Envelope& message) {
    SamplesView part = samples(message);
    report.data = std::move(part.connections);
    report.cut = part.connections_cut;
    report.counts = std::move(part.connection_counts);
  });
  fill(view.temperatures, last.of(ReportKind::temperatures),
       [](auto& report, const Envelope& message) { report.data = samples(message).temperatures; });
  view.jobs = view_of_jobs(last);
  return view;
}

// Throws not_found, and wrong_type for an agent that is connected and of another type.
LastReports find_reports(Api& api, const std::string& id) {
  const bool is_connected = api.hub().find(id) != nullptr;
  if (is_connected) api.hub().find_agent(id, kMetricsAgent);
  std::optional<LastReports> last = api.reports().last(id);
  if (!last) throw agent::Error(agent::Errc::not_found, "agent");
  return std::move(*last);
}

// Reading and writing long lists takes too long for a loop.
Task<Payload> show_latest(Api* api, Request* request) {
  const LastReports last = find_reports(*api, request->arguments.text("id"));
  const auto write = [&last] { return agent::json::encode(view_of_all(last)); };
  Payload out;
  out.json = co_await api->pool().run(write);
  co_return out;
}

}  // namespace

void add_metrics_latest_routes(Router& router, Api& api) {
  Route route;
  route.method = "GET";
  route.pattern = "/api/metrics/{id}/latest";
  route.summary =
      "The last reports of a metrics-agent, as it sent them by itself, with their times; for an hour also of an agent that "
      "has left. Reports that were never sent, or had to make room (metrics.memory), are missing";
  route.parameters = {metrics_agent_parameter()};
  route.schema = schema_of<LatestView>();
  route.handler = PayloadTask([&api](Request* request) { return show_latest(&api, request); });
  router.add(std::move(route));
}

}  // namespace server
