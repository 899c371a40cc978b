#include "host/agent_groups.hpp"

#include <utility>

#include "agent/error.hpp"

namespace agent {

struct Limits::State {
  std::string name;
};

Limits::Limits(std::string name) : state_(std::make_unique<State>()) { state_->name = std::move(name); }

Limits::~Limits() { release(); }

void Limits::apply(const LimitConfig&) {}

host::CommandPlaces Limits::places() { throw Error(Errc::refused, "groups are not made yet"); }

host::GroupCounters Limits::counters() { return {}; }

std::optional<int> Limits::oom_score_of_commands() const { return {}; }

std::vector<LimitState> Limits::states() const { return {}; }

bool Limits::check() { return false; }

void Limits::release() {}

}  // namespace agent
