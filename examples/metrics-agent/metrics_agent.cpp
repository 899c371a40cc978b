#include "metrics_agent.hpp"

#include <utility>

MetricsAgent::MetricsAgent(agent::Agent& agent, MakeSampling make_sampling)
    : agent_(agent),
      make_sampling_(std::move(make_sampling)),
      jobs_(agent, settings_, samples_),
      requests_(agent, settings_, samples_, jobs_) {
  agent_.config(settings_);
  agent_.spool_reports();
  agent_.on_start([this] { start(); });
  agent_.on_report([this] { tell_status(); });
}

void MetricsAgent::start() {
  of_reports_ = make_sampling_(agent_, settings_);
  of_requests_ = make_sampling_(agent_, settings_);
  requests_.start(*of_requests_);
  jobs_.start(*of_reports_);
}

// Message 37, right before each report of the agent on itself.
void MetricsAgent::tell_status() {
  agent::wire::MetricsStatus status;
  status.jobs = jobs_.status();
  status.warnings = of_reports_->warnings() + of_requests_->warnings() + jobs_.failures();
  agent_.send(status);
}
