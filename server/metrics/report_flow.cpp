#include "metrics/report_flow.hpp"

#include <algorithm>

#include "agent/wire/control.hpp"

namespace server {

using agent::wire::kReportsInFlight;

double ReportFlow::credit(Time now) const {
  const std::chrono::duration<double> passed = now - credit_at_;
  return std::min(kReportCreditMax, credit_ + passed.count() * kReportCredit);
}

bool ReportFlow::admit(std::size_t bytes, Time now) {
  credit_ = credit(now);
  credit_at_ = now;
  if (!acknowledges_ && credit_ < 0) return false;
  const std::size_t further = bytes / kBytesPerCredit;
  credit_ -= 1 + static_cast<double>(further);
  return true;
}

void ReportFlow::took(std::uint64_t number, std::size_t bytes) {
  if (!acknowledges_) return;
  taken_ = std::max(taken_, number);
  ++pending_;
  pending_bytes_ += bytes;
}

bool ReportFlow::is_flooded() const { return pending_ > 2 * kReportsInFlight; }

std::uint64_t ReportFlow::take_due(Time now) {
  if (pending_ == 0 || credit(now) < 0) return 0;
  const bool is_much = pending_ >= kAcknowledgedReports || pending_bytes_ >= kAcknowledgedBytes;
  if (!is_much && now - acknowledged_at_ < kAcknowledgePause) return 0;
  pending_ = 0;
  pending_bytes_ = 0;
  acknowledged_at_ = now;
  return taken_;
}

ReportFlow::Time ReportFlow::due_at() const {
  if (pending_ == 0) return Time::max();
  const std::chrono::duration<double> debt(std::max(0.0, -credit_) / kReportCredit);
  const Time solvent = credit_at_ + std::chrono::ceil<Time::duration>(debt);
  return std::max(solvent, acknowledged_at_ + kAcknowledgePause);
}

}  // namespace server
