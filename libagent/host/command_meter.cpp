#include "host/command_meter.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "host/limits/agent_groups.hpp"

namespace agent::host {
namespace {

// Until the first process has ended it is at least one.
constexpr std::uint64_t kLeastPids = 1;

}  // namespace

Bytes peak_of_processes(const MemorySeen& seen) {
  const std::uint64_t peak = seen.group_peak.value;
  const std::uint64_t without_cache = peak - std::min(peak, seen.cached.value);
  return Bytes{std::max(seen.largest_look.value, std::min(without_cache, seen.largest_process.value))};
}

std::chrono::milliseconds look_pause(int looks, std::optional<std::chrono::nanoseconds> cpu_left,
                                     unsigned processors) {
  std::chrono::milliseconds pause = kFirstLook;
  for (int i = 0; i < looks && pause < kLongestLook; ++i) pause *= 2;
  pause = std::min(pause, kLongestLook);
  if (!cpu_left) return pause;
  const auto soonest =
      std::chrono::duration_cast<std::chrono::milliseconds>(*cpu_left / std::max(processors, 1U));
  return std::clamp(soonest, kFirstLook, pause);
}

CommandMeter::CommandMeter(std::shared_ptr<Limits> limits, const ControlGroup& bound, ControlGroup group,
                           const CommandLimits& given)
    : limits_(std::move(limits)),
      bound_(bound.place(Controller::pids).own),
      group_(std::move(group)),
      given_(given) {
  around_.agent_before = limits_->counters();
}

void CommandMeter::begin() { pids_before_ = pids_levels(group_.place(Controller::pids)); }

CommandMeter::Verdict CommandMeter::look(Clock::time_point now) {
  ++looks_;
  GroupUsage usage;
  group_.read_memory(usage);
  largest_look_ = std::max(largest_look_, usage.memory);
  if (given_.cpu_seconds) {
    cpu_ = group_.cpu();
    if (cpu_ >= std::chrono::seconds(*given_.cpu_seconds)) return Verdict::cpu_used_up;
  }
  if (!killed_for_memory_at_ && group_.oom_kills() > 0) killed_for_memory_at_ = now;
  return killed_for_memory_at_ && now - *killed_for_memory_at_ >= kOutOfMemoryGrace ? Verdict::out_of_memory
                                                                                    : Verdict::fine;
}

std::chrono::milliseconds CommandMeter::next_look() const {
  std::optional<std::chrono::nanoseconds> left;
  if (given_.cpu_seconds) left = std::chrono::seconds(*given_.cpu_seconds) - cpu_;
  return look_pause(looks_, left, std::thread::hardware_concurrency());
}

void CommandMeter::finish(const WaitedUsage& waited) {
  around_.command = group_.counters();
  around_.agent_after = limits_->counters();
  find_refused_fork();
  const GroupUsage used = group_.usage();
  const bool counts_io = group_.place(Controller::io).version == 2;
  const IoBytes& io = counts_io ? used.io : waited.io;
  usage_.cpu = used.cpu;
  usage_.peak_memory = peak_of_processes({.group_peak = used.peak_memory,
                                          .cached = used.cached,
                                          .largest_process = waited.largest_process,
                                          .largest_look = std::max(largest_look_, used.memory)});
  usage_.read.value = io.read;
  usage_.written.value = io.written;
  usage_.peak_pids = std::max(used.peak_pids, kLeastPids);
}

// The counter of the group itself also has the forks that groups above it refused.
void CommandMeter::find_refused_fork() {
  const ControllerPlace& place = group_.place(Controller::pids);
  refused_fork_ = refusing_level(pids_before_, pids_levels(place));
  if (!refused_fork_ || refused_fork_->directory == place.own) return;
  around_.command.forks_refused = 0;
  const bool is_agents = (refused_fork_->directory + "/").starts_with(bound_ + "/");
  around_.host_refused_fork = !is_agents;
  if (is_agents) around_.agent_after.forks_refused = around_.agent_before.forks_refused + 1;
}

CommandEnd CommandMeter::end(const AgentsPart& part) const {
  CommandEnd end = decide_end(around_, part);
  if (refused_fork_) end.fork_limit = describe(*refused_fork_);
  return end;
}

}  // namespace agent::host
