// MetricsAgent: the whole agent but for what it samples with.
#pragma once

#include <agent/agent.hpp>
#include <functional>
#include <memory>

#include "jobs.hpp"
#include "last_samples.hpp"
#include "requests.hpp"
#include "sampling.hpp"
#include "task_settings.hpp"

class MetricsAgent {
 public:
  // Makes a sampling with the settings, when the agent starts: one for the reports and one for the requests.
  using MakeSampling =
      std::function<std::unique_ptr<Sampling>(agent::Agent& agent, const TaskSettings& settings)>;

  // Before the agent runs. Lives as long as the agent does.
  MetricsAgent(agent::Agent& agent, MakeSampling make_sampling);
  MetricsAgent(const MetricsAgent&) = delete;
  MetricsAgent& operator=(const MetricsAgent&) = delete;

 private:
  void start();
  void tell_status();

  agent::Agent& agent_;
  const MakeSampling make_sampling_;
  TaskSettings settings_;
  std::unique_ptr<Sampling> of_reports_;
  std::unique_ptr<Sampling> of_requests_;
  LastSamples samples_;
  Jobs jobs_;
  Requests requests_;
};
