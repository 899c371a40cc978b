#include "metrics/report_table.hpp"

#include <utility>

namespace server {
namespace {

// What is kept beside the reports: nodes of the table and of a list, what is known of jobs, malloc's own.
constexpr std::size_t kOverhead = 768;

Worth worth_of(ReportKind kind) {
  const bool is_list = kind == ReportKind::processes || kind == ReportKind::connections;
  return is_list ? Worth::list : Worth::sample;
}

}  // namespace

void ReportTable::come(std::string_view id) {
  Agent* agent = find_agent(id);
  if (agent == nullptr) {
    auto made = std::make_unique<Agent>();
    made->id = id;
    agent = made.get();
    memory_ += overhead(*agent);
    agents_.emplace(agent->id, std::move(made));
  } else if (agent->sessions == 0) {
    entries(Worth::agent).erase(agent->entry);
  }
  ++agent->sessions;
}

void ReportTable::leave(std::string_view id, Order order, agent::Clock::time_point now,
                        std::chrono::system_clock::time_point today) {
  Agent* agent = find_agent(id);
  if (agent == nullptr || agent->sessions == 0 || --agent->sessions > 0) return;
  agent->left_at = now;
  agent->left = today;
  Entries& left = entries(Worth::agent);
  agent->entry = left.insert(left.end(), {agent, {}, order});
}

bool ReportTable::take_number(std::string_view id, std::string_view spool, std::uint64_t number) {
  Agent* agent = find_agent(id);
  if (agent == nullptr) return true;
  if (agent->spool != spool) {
    agent->spool = spool;
    agent->number = 0;
  }
  if (number <= agent->number) return false;
  agent->number = number;
  return true;
}

void ReportTable::put(std::string_view id, ReportKind kind, SharedReport report, Order order) {
  Agent* agent = find_agent(id);
  if (agent == nullptr || agent->sessions == 0) return;
  drop(*agent, kind);
  Entries& ordered = entries(worth_of(kind));
  memory_ += report->memory();
  Kept& kept = agent->kept[static_cast<std::size_t>(kind)];
  kept.report = std::move(report);
  kept.entry = ordered.insert(ordered.end(), {agent, kind, order});
}

void ReportTable::put_jobs(std::string_view id, std::shared_ptr<const JobsReport> jobs) {
  if (Agent* agent = find_agent(id)) agent->jobs = std::move(jobs);
}

std::optional<LastReports> ReportTable::find(std::string_view id, agent::Clock::time_point now) const {
  const auto found = agents_.find(id);
  if (found == agents_.end()) return std::nullopt;
  const Agent& agent = *found->second;
  LastReports last;
  if (agent.sessions == 0) {
    if (now - agent.left_at >= kReportsKept) return std::nullopt;
    last.left = agent.left;
  }
  for (std::size_t i = 0; i < kReportKinds; ++i) last.reports[i] = agent.kept[i].report;
  last.jobs = agent.jobs;
  return last;
}

ReportTable::Order ReportTable::oldest(Worth worth) const {
  return entries(worth).empty() ? kNone : entries(worth).front().order;
}

std::optional<ReportKind> ReportTable::drop_oldest(Worth worth) {
  if (entries(worth).empty()) return std::nullopt;
  const Entry entry = entries(worth).front();
  if (worth == Worth::agent) {
    erase(*entry.agent);
    return std::nullopt;
  }
  drop(*entry.agent, entry.kind);
  return entry.kind;
}

void ReportTable::forget(agent::Clock::time_point now) {
  const Entries& left = entries(Worth::agent);
  while (!left.empty() && now - left.front().agent->left_at >= kReportsKept) erase(*left.front().agent);
}

ReportTable::Agent* ReportTable::find_agent(std::string_view id) {
  const auto found = agents_.find(id);
  return found == agents_.end() ? nullptr : found->second.get();
}

void ReportTable::drop(Agent& agent, ReportKind kind) {
  Kept& kept = agent.kept[static_cast<std::size_t>(kind)];
  if (!kept.report) return;
  memory_ -= kept.report->memory();
  kept.report.reset();
  entries(worth_of(kind)).erase(kept.entry);
}

// One that has left.
void ReportTable::erase(Agent& agent) {
  for (std::size_t i = 0; i < kReportKinds; ++i) drop(agent, static_cast<ReportKind>(i));
  entries(Worth::agent).erase(agent.entry);
  memory_ -= overhead(agent);
  agents_.erase(agents_.find(agent.id));
}

std::size_t ReportTable::overhead(const Agent& agent) {
  return sizeof(Agent) + agent.id.capacity() + kOverhead;
}

}  // namespace server
