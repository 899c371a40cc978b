// MetricsService: takes the reports of metrics-agents, keeps the last of each kind, and acknowledges them.
//
// Thread-safe. Made after the hub, before the loops run; destroyed after the loops and before the hub. It
// serves agents of the type metrics-agent, and others that have the capability `reports`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/message.hpp"
#include "agent/metrics.hpp"
#include "hub/hub.hpp"
#include "metrics/report_head.hpp"
#include "metrics/report_lane.hpp"
#include "metrics/report_store.hpp"

namespace server {

struct MetricsOptions {
  std::size_t memory = 256 * 1024 * 1024;  // bytes for all last reports
};

// Why a report was not kept. The names are those of the label `reason`.
enum class ReportDrop { duplicate, limit, unreadable };
inline constexpr std::array<std::string_view, 3> kReportDrops{"duplicate", "limit", "unreadable"};

class MetricsService {
 public:
  // Adds its series (docs/metrics.md) to `metrics`, which must not be scraped after the service's end.
  MetricsService(MetricsOptions options, Hub& hub, agent::metrics::Registry& metrics);
  MetricsService(const MetricsService&) = delete;
  MetricsService& operator=(const MetricsService&) = delete;

  // nullopt: it is not connected, and has not been within an hour. Agents of other types are not here.
  std::optional<LastReports> last(std::string_view id) { return store_.find(id, agent::Clock::now()); }
  const ReportStore& store() const { return store_; }

 private:
  void begin(Session& session);
  void end(Session& session);
  bool take_text(Session& session, const std::string& text);
  bool take_unread(Session& session, ReportLane& lane, const std::string& text);
  void take_report(Session& session, const agent::Envelope& message);
  void take(Session& session, ReportLane& lane, const agent::Envelope& message, std::string_view text);
  void take_jobs(Session& session, const agent::Envelope& message);
  bool admit(ReportLane& lane, std::size_t bytes);
  bool is_new(const Session& session, const ReportLane& lane, std::uint64_t number);
  void keep(const Session& session, std::string_view text, const ReportHead& head);
  void count(ReportDrop reason) { drops_[static_cast<std::size_t>(reason)].add(); }
  void expose(agent::metrics::Exposition& out);  // metrics_series.cpp

  ReportStore store_;
  std::array<agent::metrics::Counter, kReportKinds> kept_;
  std::array<agent::metrics::Counter, kReportDrops.size()> drops_;
};

}  // namespace server
