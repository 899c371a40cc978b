#include "host/limits/agent_groups.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/file_handle.hpp"
#include "host/limits/cgroup_start.hpp"
#include "host/limits/limit_values.hpp"
#include "host/proc_text.hpp"

namespace agent {
namespace {

constexpr int kMaxOomScore = 1000;  // OOM_SCORE_ADJ_MAX
constexpr const char* kOwnScore = "/proc/self/oom_score_adj";

// False: only root may lower it.
bool set_own_score(int score) {
  const FileHandle file(::open(kOwnScore, O_WRONLY | O_CLOEXEC));
  const std::string text = fmt::to_string(score);
  return file.is_open() && file.write_some(text) == text.size();
}

int own_score() { return std::atoi(host::read_text(kOwnScore).c_str()); }

// Counters that only grow, over a group whose peak has to be forgotten to see the next one.
class GrowingCounters {
 public:
  host::GroupCounters read(const host::ControlGroup& group) {
    const host::GroupCounters now = group.counters();
    host::GroupCounters total = now;
    memory_limits_ += now.memory_limits - std::min(now.memory_limits, seen_);
    total.memory_limits = memory_limits_;
    if (now.memory_limits != std::exchange(seen_, now.memory_limits)) forget_peak(group);
    return total;
  }

 private:
  void forget_peak(const host::ControlGroup& group) {
    try {
      group.forget_peak();
      if (group.places().memory.version == 1) seen_ = group.counters().memory_limits;
    } catch (const Error&) {
      // The next time that the limit is met may not show: not worth failing a command.
    }
  }

  std::uint64_t memory_limits_ = 0;
  std::uint64_t seen_ = 0;
};

// libcgroup, if limit.* is configured: the groups of commands alone are not worth loading it.
host::MakeGroup maker(const LimitConfig& config, Limits::Library library, const host::CgroupPlaces& start) {
  if (!config.any()) return {};
  return [values = host::values_of_bound(config, start), library](const host::CgroupPlaces& bound) {
    const bool has_v1 = std::ranges::any_of(
        bound.all(), [](const auto* place) { return place->version == 1 && place->usable(); });
    const host::LibcgroupCalls* const calls = has_v1 ? library() : nullptr;
    if (calls != nullptr && !host::make_with(*calls, bound, values))
      log::debug("limits: libcgroup did not make all groups; plain files make the others");
  };
}

// The groups, or why there are none.
struct Groups {
  std::unique_ptr<host::GroupTree> tree;
  std::string refusal;
};

Groups make_groups(const std::string& name, const LimitConfig& config, Limits::Library library) {
  Groups made;
  try {
    const host::CgroupPlaces start = host::starting_places();
    made.tree = std::make_unique<host::GroupTree>(name, start, !config.disk_limit.empty(),
                                                  maker(config, library, start));
    if (made.tree->was_there()) {
      host::lift_limits(made.tree->bound());
      host::lift_limits(made.tree->tasks());
    }
    host::prefer_agent(*made.tree);
  } catch (const Error& error) {
    made.refusal = std::string(error.text());
  }
  return made;
}

struct MadeOnce {
  std::once_flag once;
  Groups groups;
};

}  // namespace

struct Limits::State {
  State(std::string the_name, Library the_library) : name(std::move(the_name)), library(the_library) {}

  bool has_places() const { return tree || !refusal.empty(); }
  void use(Groups made);
  void write_values();
  void protect_agent();
  LimitState tasks_state() const;
  std::string change() const;
  void say_changed(const std::function<void()>& on_change) const {
    if (on_change) on_change();
  }

  std::string name;
  Library library;
  LimitConfig config;
  bool wanted = false;  // limit.* is configured, or a command wanted a group
  bool released = false;
  std::shared_ptr<MadeOnce> making;
  std::unique_ptr<host::GroupTree> tree;
  std::string refusal;         // why there is no tree
  std::string cannot_restore;  // why a change cannot be put back
  host::LimitValue cpu{"cpu", host::Controller::cpu};
  host::LimitValue memory{"memory", host::Controller::memory};
  host::LimitValue disk{"disk", host::Controller::io};
  std::optional<int> score_before;  // of this process, if it was lowered
  std::optional<int> score_of_commands;
  GrowingCounters bound_counters;
  GrowingCounters tasks_counters;
};

void Limits::State::use(Groups made) {
  if (released || has_places()) return;
  wanted = true;
  tree = std::move(made.tree);
  refusal = std::move(made.refusal);
}

void Limits::State::write_values() {
  if (!tree) {
    for (host::LimitValue* value : {&cpu, &memory, &disk}) value->fail(refusal);
    return;
  }
  if (config.cpu_quota != 0) cpu.set_cpu(*tree, config.cpu_quota);
  if (config.memory_limit.value != 0) memory.set_memory(*tree, config.memory_limit);
  if (!config.disk_limit.empty()) disk.set_disks(*tree, config.disk_limit);
}

// Only a process with CAP_SYS_RESOURCE may lower its score; any may raise that of its children.
void Limits::State::protect_agent() {
  const int before = own_score();
  if (score_of_commands || before <= host::kAgentOomScore || !memory.state().enforced) return;
  if (set_own_score(host::kAgentOomScore)) {
    score_before = before;
    score_of_commands = before;
  } else {
    score_of_commands = std::min(before - host::kAgentOomScore, kMaxOomScore);
  }
}

// Whether a command can have each of its limits.
LimitState Limits::State::tasks_state() const {
  LimitState state{.kind = "tasks", .configured = wanted, .value = "", .problem = refusal};
  if (!tree) return state;
  const host::CgroupPlaces& places = tree->tasks().places();
  auto need = [&state](const char* controller, const host::ControllerPlace& place) {
    if (state.problem.empty() && !place.usable())
      state.problem = fmt::format("{}: {}", controller, host::explain(place.problem));
  };
  need("cpu", places.cpu);
  need("memory", places.memory);
  need("pids", places.pids);
  if (state.problem.empty()) state.problem = tree->change();
  state.enforced = state.problem.empty();
  return state;
}

std::string Limits::State::change() const {
  if (!tree) return "";
  for (const std::string& change : {tree->change(), cpu.change(), memory.change(), disk.change()})
    if (!change.empty()) return change;
  return "";
}

Limits::Limits(std::string name, Library library)
    : state_(std::make_unique<State>(std::move(name), library)) {}

Limits::~Limits() { release(); }

void Limits::apply(const LimitConfig& limit) {
  if (!limit.any() || state_->released || state_->tree) return;
  state_->config = limit;
  state_->use(make_groups(state_->name, limit, state_->library));
  state_->write_values();
  state_->protect_agent();
  state_->say_changed(on_change);
}

host::CommandPlaces Limits::places() {
  if (state_->released) throw Error(Errc::refused, "the agent is about to end");
  if (!has_places()) {
    const Making making = make_places();
    making.work();
    making.use();
  }
  if (!state_->tree) throw Error(Errc::refused, state_->refusal);
  const host::GroupTree& tree = *state_->tree;
  return {.bound = tree.bound(), .tasks = tree.tasks(), .left = tree.left()};
}

bool Limits::has_places() const { return state_->released || state_->has_places(); }

Limits::Making Limits::make_places() {
  if (!state_->making) state_->making = std::make_shared<MadeOnce>();
  auto work = [made = state_->making, name = state_->name, config = state_->config,
               library = state_->library] {
    std::call_once(made->once, [&] { made->groups = make_groups(name, config, library); });
  };
  auto use = [this, made = state_->making] {
    if (has_places()) return;
    state_->use(std::move(made->groups));
    state_->say_changed(on_change);
  };
  return {.work = std::move(work), .use = std::move(use)};
}

host::GroupCounters Limits::counters() {
  // Reading them takes a millisecond for each command, and only a limit of memory can be met: who refuses
  // forks is found elsewhere (refused_fork.hpp).
  if (!state_->tree || state_->config.memory_limit.value == 0) return {};
  host::GroupCounters sum = state_->bound_counters.read(state_->tree->bound());
  const host::GroupCounters tasks = state_->tasks_counters.read(state_->tree->tasks());
  sum.oom_kills += tasks.oom_kills;
  sum.memory_limits += tasks.memory_limits;
  sum.forks_refused += tasks.forks_refused;
  return sum;
}

std::optional<int> Limits::oom_score_of_commands() const { return state_->score_of_commands; }

std::vector<LimitState> Limits::states() const {
  auto of = [](bool configured, const host::LimitValue& value, const char* kind) {
    return configured ? value.state() : LimitState{.kind = kind};
  };
  const LimitConfig& config = state_->config;
  std::vector<LimitState> states{of(config.cpu_quota != 0, state_->cpu, "cpu"),
                                 of(config.memory_limit.value != 0, state_->memory, "memory"),
                                 of(!config.disk_limit.empty(), state_->disk, "disk"), state_->tasks_state()};
  const std::string moved = state_->tree ? state_->tree->change() : "";
  for (LimitState& state : states) {
    if (!moved.empty() && state.enforced) state.problem = moved;
    state.enforced = state.enforced && moved.empty();
    if (!state.problem.empty() && !state_->cannot_restore.empty())
      state.problem += fmt::format("; to put it back: {}", state_->cannot_restore);
  }
  return states;
}

bool Limits::check() {
  if (state_->change().empty()) return false;
  state_->say_changed(on_change);  // while it is so
  state_->cannot_restore.clear();
  try {
    state_->tree->restore();
    state_->write_values();
  } catch (const Error& error) {
    state_->cannot_restore = std::string(error.text());
  }
  state_->say_changed(on_change);
  return true;
}

void Limits::release() {
  if (std::exchange(state_->released, true)) return;
  if (state_->score_before) set_own_score(*std::exchange(state_->score_before, {}));
  state_->tree.reset();
}

}  // namespace agent
