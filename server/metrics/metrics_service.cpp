#include "metrics/metrics_service.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "agent/wire/control.hpp"
#include "agent/wire/host.hpp"
#include "metrics/report_head.hpp"

namespace server {

using agent::Envelope;
using agent::Error;
using agent::metrics::Exposition;
namespace wire = agent::wire;

namespace {

// From here on a report is a long list, which is kept unread: parsing it takes longer than everything else
// that is done with it. Its form is checked as it comes, its values when somebody asks for them.
constexpr std::size_t kUnreadFrom = 16 * 1024;

bool has_lane(const Session& session) {
  return session.type() == kMetricsAgent || session.has(wire::kReportsCapability);
}

ReportLane* lane_of(const Session& session) { return static_cast<ReportLane*>(session.part()); }

// Jobs of other names would fill the memory, and /metrics.
wire::MetricsStatus known_jobs(wire::MetricsStatus said) {
  wire::MetricsStatus known;
  known.warnings = said.warnings;
  for (const std::string_view name : kJobs) {
    const auto found = std::find_if(said.jobs.begin(), said.jobs.end(),
                                    [name](const wire::JobStatus& job) { return job.name == name; });
    if (found != said.jobs.end()) known.jobs.push_back(std::move(*found));
  }
  return known;
}

// Half a megabyte for each loop.
agent::ZstdPacker& packer() {
  thread_local agent::ZstdPacker own;
  return own;
}

SharedReport kept_report(std::string_view text, const ReportHead& head, bool is_packed) {
  const ReportTimes times{.begin = head.begin,
                          .end = head.end,
                          .received = std::chrono::system_clock::now(),
                          .arrived = agent::Clock::now()};
  if (!is_packed) return std::make_shared<const KeptReport>(text, times);
  return std::make_shared<const KeptReport>(packer(), text, times);
}

}  // namespace

MetricsService::MetricsService(MetricsOptions options, Hub& hub, agent::metrics::Registry& metrics)
    : store_(options.memory) {
  hub.on_session([this](Session& session, bool begins) { begins ? begin(session) : end(session); });
  hub.on_text([this](Session& session, const std::string& text) { return take_text(session, text); });
  const auto take = [this](Session& session, const Envelope& message) { take_report(session, message); };
  hub.on_report(wire::StaticReply::message.type, take);
  hub.on_report(wire::DynamicReply::message.type, take);
  hub.on_report(wire::MetricsStatus::message.type,
                [this](Session& session, const Envelope& message) { take_jobs(session, message); });
  metrics.collect([this](Exposition& out) { expose(out); });
}

void MetricsService::begin(Session& session) {
  if (!has_lane(session)) return;
  store_.come(session.id());
  session.set_part(std::make_unique<ReportLane>(session));
}

void MetricsService::end(Session& session) {
  if (lane_of(session) == nullptr) return;
  session.set_part(nullptr);
  store_.leave(session.id(), agent::Clock::now(), std::chrono::system_clock::now());
}

// ------------------------------------------------------------------------------------- what comes

bool MetricsService::take_text(Session& session, const std::string& text) {
  ReportLane* lane = lane_of(session);
  if (lane == nullptr || !looks_like_report(text)) return false;
  if (session.home().reports().is_followed(session.id())) return false;  // who follows wants it parsed
  if (text.size() >= kUnreadFrom) return take_unread(session, *lane, text);
  const Envelope message = Envelope::parse(text);
  if (!message.tid().empty()) return false;
  take(session, *lane, message, text);
  return true;
}

bool MetricsService::take_unread(Session& session, ReportLane& lane, const std::string& text) {
  const std::optional<OutlinedReport> report = outline_report(text);
  if (!report) return false;
  if (!admit(lane, text.size())) return true;
  if (is_new(session, lane, report->number)) keep(session, text, report->head);
  lane.took(report->number, text.size());
  return true;
}

void MetricsService::take_report(Session& session, const Envelope& message) {
  ReportLane* lane = lane_of(session);
  if (lane == nullptr) return session.home().counters().unknown_reports.add();
  take(session, *lane, message, message.root().text());
}

void MetricsService::take(Session& session, ReportLane& lane, const Envelope& message,
                          std::string_view text) {
  if (!admit(lane, text.size())) return;
  const std::uint64_t number = report_number(message);
  const bool is_fresh = is_new(session, lane, number);
  try {
    if (is_fresh) keep(session, text, read_head(message));
  } catch (const Error&) {
    count(ReportDrop::unreadable);
    lane.took(number, text.size());  // it need not come again either
    throw;
  }
  lane.took(number, text.size());
}

void MetricsService::take_jobs(Session& session, const Envelope& message) {
  ReportLane* lane = lane_of(session);
  if (lane == nullptr) return session.home().counters().unknown_reports.add();
  auto jobs = std::make_shared<JobsReport>();
  jobs->status = known_jobs(message.payload<wire::MetricsStatus>());
  jobs->received = std::chrono::system_clock::now();
  store_.put_jobs(session.id(), std::move(jobs));
}

bool MetricsService::admit(ReportLane& lane, std::size_t bytes) {
  if (lane.admit(bytes)) return true;
  count(ReportDrop::limit);
  return false;
}

// Whether the agent has not sent it before, in another session perhaps.
bool MetricsService::is_new(const Session& session, const ReportLane& lane, std::uint64_t number) {
  if (number == 0 || !lane.acknowledges()) return true;
  if (store_.take_number(session.id(), lane.spool(), number)) return true;
  count(ReportDrop::duplicate);
  return false;
}

void MetricsService::keep(const Session& session, std::string_view text, const ReportHead& head) {
  kept_[static_cast<std::size_t>(head.kind)].add();
  const bool is_packed = text.size() >= kPackedFrom && !store_.is_roomy(text.size());
  store_.put(session.id(), head.kind, kept_report(text, head, is_packed));
}

}  // namespace server
