#include "metrics/report_lane.hpp"

#include "agent/log.hpp"
#include "agent/wire/control.hpp"
#include "hub/shard.hpp"

namespace server {
namespace {

// Longer ones are cut: theirs have sixteen characters.
constexpr std::size_t kSpoolIdMax = 64;
// RFC 6455, 7.4.1
constexpr std::uint16_t kPolicyViolation = 1008;

std::string spool_of(const agent::wire::Come& come) {
  const std::string& spool = come.report_spool.empty() ? come.instance : come.report_spool;
  return spool.substr(0, kSpoolIdMax);
}

}  // namespace

ReportLane::ReportLane(Session& session)
    : session_(session),
      acknowledges_(session.has(agent::wire::kReportsCapability)),
      spool_(spool_of(session.come())),
      flow_(acknowledges_, agent::Clock::now()) {}

ReportLane::~ReportLane() {
  if (is_watched_) session_.home().loop().remove(*this);
}

void ReportLane::took(std::uint64_t number, std::size_t bytes) {
  flow_.took(number, bytes);
  if (flow_.is_flooded()) {
    agent::log::warn("agent {}: does not wait for its reports to be acknowledged", session_.id());
    return session_.close(kPolicyViolation, "too many reports are on the way");
  }
  acknowledge();
}

void ReportLane::expire() {
  session_.home().loop().remove(*this);
  is_watched_ = false;
  acknowledge();
}

void ReportLane::acknowledge() {
  agent::wire::Reported reported;
  reported.number = flow_.take_due(agent::Clock::now());
  if (reported.number != 0) session_.send(reported);
  watch();
}

void ReportLane::watch() {
  deadline = flow_.due_at();
  if (is_watched_) return session_.home().loop().note(deadline);
  if (deadline == agent::Clock::time_point::max()) return;
  is_watched_ = true;
  session_.home().loop().watch(*this);
}

}  // namespace server
