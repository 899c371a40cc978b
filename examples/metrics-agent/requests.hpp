// Requests: answers for samples and for what is collected (messages 30, 32, 34 and 36).
#pragma once

#include <agent/agent.hpp>
#include <agent/turns.hpp>
#include <array>
#include <vector>

#include "jobs.hpp"
#include "last_samples.hpp"
#include "sampling.hpp"
#include "task_settings.hpp"

class Requests {
 public:
  // Registers the handlers. Everything must live as long as the agent runs.
  Requests(agent::Agent& agent, const TaskSettings& settings, LastSamples& samples, Jobs& jobs);
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  // In on_start. Requests have a sampling of their own.
  void start(Sampling& sampling);

 private:
  agent::Task<> facts(agent::wire::StaticRequest request, agent::Call call);
  agent::Task<> dynamic(agent::wire::DynamicRequest request, agent::Call call);
  agent::Task<> change(agent::wire::CollectChange request, agent::Call call);
  agent::wire::CollectStatus status() const;

  agent::Task<agent::wire::DynamicReply> part(PartWish wish, std::chrono::nanoseconds max_age);
  std::vector<PartWish> wishes_of(const agent::wire::DynamicRequest& request) const;
  agent::Task<> keep(std::vector<Job> jobs);

  agent::Agent& agent_;
  const TaskSettings& settings_;
  LastSamples& samples_;
  Jobs& jobs_;
  Sampling* sampling_ = nullptr;
  std::array<agent::Turns, kJobs.size()> turns_;  // samples of one kind are taken one by one
  agent::Turns changes_;
};
