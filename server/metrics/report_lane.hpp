// ReportLane: the reports of one session: what they may cost, and their acknowledgements.
//
// Belongs to the session's loop; a part of the session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "hub/agent_session.hpp"
#include "metrics/report_flow.hpp"
#include "net/loop.hpp"

namespace server {

class ReportLane final : public SessionPart, private agent::net::Expiring {
 public:
  explicit ReportLane(Session& session);
  ~ReportLane() override;
  ReportLane(const ReportLane&) = delete;
  ReportLane& operator=(const ReportLane&) = delete;

  // The agent numbers its reports and waits for acknowledgements.
  bool acknowledges() const { return acknowledges_; }
  // What its numbers belong to.
  const std::string& spool() const { return spool_; }

  // A report of so many bytes has come; false: it is to be dropped.
  bool admit(std::size_t bytes) { return flow_.admit(bytes, agent::Clock::now()); }
  // It need not come again. Acknowledges it, now or soon; closes the session of an agent that does not wait
  // for that.
  void took(std::uint64_t number, std::size_t bytes);

 private:
  void expire() override;
  void acknowledge();
  void watch();

  Session& session_;
  const bool acknowledges_;
  const std::string spool_;
  ReportFlow flow_;
  bool is_watched_ = false;
};

}  // namespace server
