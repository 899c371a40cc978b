#include "jobs.hpp"

#include <agent/host.hpp>
#include <agent/log.hpp>
#include <algorithm>

#include "job_phase.hpp"
#include "take_sample.hpp"

using namespace std::chrono_literals;

namespace {

// Set for as long as it lives.
class Running {
 public:
  explicit Running(bool& is_running) : is_running_(is_running) { is_running_ = true; }
  ~Running() { is_running_ = false; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  bool& is_running_;
};

// A server tells the kinds of reports apart by what is in them: an empty list would be one of temperatures.
bool can_be_told(Job job, const agent::wire::DynamicReply& part) {
  if (job == Job::processes) return !part.processes.empty();
  if (job == Job::connections) return !part.connections.empty();
  return true;
}

}  // namespace

Jobs::Jobs(agent::Agent& agent, const TaskSettings& settings, LastSamples& samples)
    : agent_(agent),
      settings_(settings),
      samples_(samples),
      failures_(agent.counter("metrics_failed_samples_total", "Samples of jobs that failed as a whole")) {}

void Jobs::start(Sampling& sampling) {
  sampling_ = &sampling;
  started_ = agent::Clock::now();
  phase_ = phase_of(agent_.config().id, agent::read_host_facts().host_name);
  const std::chrono::nanoseconds monitor =
      std::max<std::chrono::nanoseconds>(agent_.config().monitor.interval, 1ms);
  agent_.first_report_at(started_ + first_pause(phase_, monitor, 0s));
  set(parse_jobs(settings_.jobs));
}

void Jobs::set(const std::vector<Job>& jobs) {
  for (const Job job : kJobs) {
    const bool is_wanted = std::find(jobs.begin(), jobs.end(), job) != jobs.end();
    State& state = state_of(job);
    if (!is_wanted) state.timer.reset();
    if (is_wanted && !state.timer) begin(job);
  }
}

void Jobs::begin(Job job) {
  const std::chrono::nanoseconds interval = settings_.interval(job);
  const std::chrono::nanoseconds first = first_pause(phase_, interval, agent::Clock::now() - started_);
  state_of(job).timer = agent_.repeat(first, interval, [this, job] { return run(job); });
}

std::vector<Job> Jobs::enabled() const {
  std::vector<Job> jobs;
  for (const Job job : kJobs) {
    if (state_of(job).timer) jobs.push_back(job);
  }
  return jobs;
}

std::vector<agent::wire::CollectJob> Jobs::intervals() const {
  std::vector<agent::wire::CollectJob> list;
  for (const Job job : enabled()) list.push_back({std::string(name_of(job)), settings_.interval(job)});
  return list;
}

std::vector<agent::wire::JobStatus> Jobs::status() const {
  std::vector<agent::wire::JobStatus> list;
  for (const Job job : enabled()) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(settings_.interval(job)).count();
    list.push_back({std::string(name_of(job)), static_cast<std::uint64_t>(seconds), state_of(job).bytes,
                    state_of(job).count});
  }
  return list;
}

// One that was taken out and put in again may still run.
agent::Task<> Jobs::run(Job job) {
  if (state_of(job).is_running) co_return;
  const Running running(state_of(job).is_running);
  try {
    co_await collect(job);
  } catch (const agent::Error& error) {
    if (error.code() == agent::Errc::cancelled) throw;
    failures_.add();
    agent::log::warn("{}: {}", name_of(job), error.what());
  }
}

agent::Task<> Jobs::collect(Job job) {
  if (job == Job::facts) {
    const agent::wire::StaticReply facts = co_await take_facts(*sampling_, samples_);
    report(job, facts);
    co_return;
  }
  PartWish wish;
  wish.part = job;
  if (job == Job::processes) wish.top = settings_.process_top;
  if (job == Job::connections) wish.kinds = settings_.connection_kinds;
  const agent::wire::DynamicReply part = co_await take_sample(*sampling_, samples_, wish);
  if (can_be_told(job, part)) report(job, part);
}

template <class Report>
void Jobs::report(Job job, const Report& report) {
  State& state = state_of(job);
  if (!state.timer) return;
  state.bytes += agent_.report(report);
  ++state.count;
}
