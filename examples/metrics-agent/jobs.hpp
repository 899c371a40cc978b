// Jobs: what is reported, each part at its own interval (agent.md of the originals' behaviour: task.*).
//
// Times are those of agent::Clock: nothing happens to the intervals when somebody sets the wall clock.
#pragma once

#include <agent/agent.hpp>
#include <agent/clock.hpp>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "last_samples.hpp"
#include "sampling.hpp"
#include "task_settings.hpp"

class Jobs {
 public:
  // Everything must live as long as the agent runs.
  Jobs(agent::Agent& agent, const TaskSettings& settings, LastSamples& samples);
  Jobs(const Jobs&) = delete;
  Jobs& operator=(const Jobs&) = delete;

  // In on_start: begins with the jobs of the settings.
  void start(Sampling& sampling);

  // From now on these and no others are done. Those that are done already go on as they were, new ones begin
  // with the agent's phase. What a job samples when it is taken out is not reported any more.
  void set(const std::vector<Job>& jobs);

  // Those that are done, in the order of kJobs.
  std::vector<Job> enabled() const;
  // The same as the wire has it: with their intervals, and with what they have reported.
  std::vector<agent::wire::CollectJob> intervals() const;
  std::vector<agent::wire::JobStatus> status() const;
  // Samples that failed as a whole.
  std::uint64_t failures() const { return failures_.value(); }

 private:
  struct State {
    std::shared_ptr<void> timer;  // while it is enabled
    bool is_running = false;
    std::uint64_t bytes = 0;
    std::uint64_t count = 0;
  };
  State& state_of(Job job) { return states_[static_cast<std::size_t>(job)]; }
  const State& state_of(Job job) const { return states_[static_cast<std::size_t>(job)]; }
  void begin(Job job);
  agent::Task<> run(Job job);
  agent::Task<> collect(Job job);
  template <class Report>
  void report(Job job, const Report& report);

  agent::Agent& agent_;
  const TaskSettings& settings_;
  LastSamples& samples_;
  Sampling* sampling_ = nullptr;
  agent::metrics::Counter& failures_;
  agent::Clock::time_point started_;
  std::chrono::nanoseconds phase_{0};
  std::array<State, kJobs.size()> states_;
};
