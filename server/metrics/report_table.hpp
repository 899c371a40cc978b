// ReportTable: the last reports of some agents. One thread at a time: it is made to belong to the loop of its
// agents.
//
// An agent is in it from its first session until an hour after its last one.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "agent/clock.hpp"
#include "agent/wire/metrics.hpp"
#include "metrics/kept_report.hpp"
#include "metrics/metric_names.hpp"

namespace server {

// How long the reports of an agent that has left are kept.
inline constexpr std::chrono::hours kReportsKept{1};

// What an agent said last about its jobs (message 37).
struct JobsReport {
  agent::wire::MetricsStatus status;
  std::chrono::system_clock::time_point received;
};

using SharedReport = std::shared_ptr<const KeptReport>;

struct LastReports {
  std::array<SharedReport, kReportKinds> reports;  // nullptr: none, or none any more
  std::shared_ptr<const JobsReport> jobs;          // nullptr: none
  // When its last session ended; nullopt: it is connected.
  std::optional<std::chrono::system_clock::time_point> left;

  const SharedReport& of(ReportKind kind) const { return reports[static_cast<std::size_t>(kind)]; }
};

// What goes first when there is no more room: lists of processes and connections, then what is smaller, then
// agents that have left with all that is known of them.
enum class Worth : std::uint8_t { list, sample, agent };
inline constexpr std::size_t kWorths = 3;

class ReportTable {
 public:
  // A number that grows with every report of all tables.
  using Order = std::uint64_t;
  static constexpr Order kNone = std::numeric_limits<Order>::max();

  ReportTable() = default;
  ReportTable(const ReportTable&) = delete;
  ReportTable& operator=(const ReportTable&) = delete;

  // ---- sessions, of which an agent may have two for a moment

  void come(std::string_view id);
  void leave(std::string_view id, Order order, agent::Clock::time_point now,
             std::chrono::system_clock::time_point today);

  // ---- reports of agents that are connected; of others they are dropped

  // Whether report `number` of this spool is a new one. It counts as had from now on, and so do those below
  // it.
  bool take_number(std::string_view id, std::string_view spool, std::uint64_t number);
  void put(std::string_view id, ReportKind kind, SharedReport report, Order order);
  void put_jobs(std::string_view id, std::shared_ptr<const JobsReport> jobs);

  // nullopt: not here.
  std::optional<LastReports> find(std::string_view id, agent::Clock::time_point now) const;
  // Calls visit(id, jobs) for all that are connected and have said something about their jobs.
  template <class Visit>
  void each_jobs(Visit visit) const {
    for (const auto& [id, agent] : agents_)
      if (agent->sessions > 0 && agent->jobs) visit(id, *agent->jobs);
  }
  std::size_t agents() const { return agents_.size(); }

  // ---- room

  std::size_t memory() const { return memory_; }
  // The order of the oldest of this worth, kNone: there is none.
  Order oldest(Worth worth) const;
  // Drops it. Gives its kind; of an agent nothing.
  std::optional<ReportKind> drop_oldest(Worth worth);
  // Drops the agents whose hour is over.
  void forget(agent::Clock::time_point now);

 private:
  struct Agent;
  struct Entry {
    Agent* agent;
    ReportKind kind;  // not of agents
    Order order;
  };
  using Entries = std::list<Entry>;  // the oldest first

  struct Kept {
    SharedReport report;
    Entries::iterator entry;
  };
  struct Agent {
    std::string id;
    std::array<Kept, kReportKinds> kept;
    std::shared_ptr<const JobsReport> jobs;
    std::string spool;
    std::uint64_t number = 0;  // of the last report from that spool
    std::uint32_t sessions = 0;
    agent::Clock::time_point left_at;
    std::chrono::system_clock::time_point left;
    Entries::iterator entry;  // among the agents that have left
  };

  Agent* find_agent(std::string_view id);
  Entries& entries(Worth worth) { return entries_[static_cast<std::size_t>(worth)]; }
  const Entries& entries(Worth worth) const { return entries_[static_cast<std::size_t>(worth)]; }
  void drop(Agent& agent, ReportKind kind);
  void erase(Agent& agent);
  static std::size_t overhead(const Agent& agent);

  std::unordered_map<std::string_view, std::unique_ptr<Agent>> agents_;  // keyed by the agent's own id
  std::array<Entries, kWorths> entries_;
  std::size_t memory_ = 0;
};

}  // namespace server
