// Until Job objects bound agents and commands: every limit is reported as not enforced, and a command with
// limits is refused. Nothing of the system is asked, so that any compiler shows whether it fits the header.
#include <utility>

#include "agent/error.hpp"
#include "host/limits/agent_groups.hpp"

namespace agent {
namespace {

constexpr const char* kNotSupported = "not supported on this system";

LimitState not_enforced(const char* kind, bool configured) {
  LimitState state{.kind = kind};
  state.configured = configured;
  if (configured) state.problem = kNotSupported;
  return state;
}

}  // namespace

struct Limits::State {
  LimitConfig config{};
  bool is_asked_for = false;  // groups of commands
};

Limits::Limits(std::string, Library) : state_(std::make_unique<State>()) {}
Limits::~Limits() = default;

void Limits::apply(const LimitConfig& limit) {
  state_->config = limit;
  if (on_change) on_change();
}

host::CommandPlaces Limits::places() {
  if (!std::exchange(state_->is_asked_for, true) && on_change) on_change();
  throw Error(Errc::refused, kNotSupported);
}

bool Limits::has_places() const { return true; }

Limits::Making Limits::make_places() {
  return {.work = [] {}, .use = [] {}};
}

host::GroupCounters Limits::counters() { return {}; }

std::optional<int> Limits::oom_score_of_commands() const { return std::nullopt; }

std::vector<LimitState> Limits::states() const {
  const LimitConfig& config = state_->config;
  return {not_enforced("cpu", config.cpu_quota != 0), not_enforced("memory", config.memory_limit.value != 0),
          not_enforced("disk", !config.disk_limit.empty()), not_enforced("tasks", state_->is_asked_for)};
}

bool Limits::check() { return false; }

void Limits::release() {}

}  // namespace agent
