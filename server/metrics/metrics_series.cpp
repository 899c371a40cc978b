// Its part of /metrics: the originals' names, and proper names beside them; docs/metrics.md explains each.
#include <algorithm>
#include <string>

#include "metrics/metrics_service.hpp"

namespace server {

using agent::metrics::Exposition;
using agent::wire::JobStatus;

namespace {

// One of an agent's jobs, whether it runs or not. The figures are labels, as in the original.
void expose_job(Exposition& out, std::string_view id, std::string_view name, const JobStatus* job) {
  const JobStatus stopped{};
  const JobStatus& shown = job == nullptr ? stopped : *job;
  const std::string bytes = std::to_string(shown.bytes_sent);
  const std::string interval = std::to_string(shown.interval);
  const std::string count = std::to_string(shown.count);
  out.sample(
      {{"bytes_sent", bytes}, {"id", id}, {"interval", interval}, {"name", name}, {"report_count", count}},
      std::uint64_t{job != nullptr});
}

void expose_jobs(Exposition& out, std::string_view id, const JobsReport& report) {
  for (const std::string_view name : kJobs) {
    const auto& jobs = report.status.jobs;
    const auto found =
        std::find_if(jobs.begin(), jobs.end(), [name](const JobStatus& job) { return job.name == name; });
    expose_job(out, id, name, found == jobs.end() ? nullptr : &*found);
  }
}

}  // namespace

void MetricsService::expose(Exposition& out) {
  store_.forget(agent::Clock::now());
  out.family("metrics_jobs", "gauge", "");
  store_.each_jobs([&out](std::string_view id, const JobsReport& report) { expose_jobs(out, id, report); });
  out.family("metrics_warning", "gauge", "");
  store_.each_jobs([&out](std::string_view id, const JobsReport& report) {
    out.sample({{"id", id}}, report.status.warnings);
  });

  out.family("agent_server_reports_total", "counter", "Reports of metrics-agents that were taken.");
  for (std::size_t i = 0; i < kReportKinds; ++i) out.sample({{"job", kJobs[i]}}, kept_[i].value());
  out.family("agent_server_reports_dropped_total", "counter",
             "Reports of metrics-agents that were not taken.");
  for (std::size_t i = 0; i < kReportDrops.size(); ++i)
    out.sample({{"reason", kReportDrops[i]}}, drops_[i].value());
  out.family("agent_server_reports_evicted_total", "counter",
             "Last reports that were dropped for want of room (metrics.memory).");
  for (std::size_t i = 0; i < kReportKinds; ++i)
    out.sample({{"job", kJobs[i]}}, store_.dropped(static_cast<ReportKind>(i)));
  out.family("agent_server_reports_bytes", "gauge", "Memory that last reports take.");
  out.sample({}, std::uint64_t{store_.memory()});
}

}  // namespace server
