#include "limit_rules.hpp"

#include <optional>

namespace {

template <class Value>
std::optional<Value> unless_none(Value value) {
  return value == Value() ? std::nullopt : std::optional(value);
}

void check_memory(agent::Settings& settings, std::string_view key, agent::Bytes memory) {
  if (memory.value == 0 || memory >= agent::kMinCommandMemory) return;
  settings.problem(key,
                   to_string(memory) + " is too little to start a command; want at least 1Mi, or 0 for none");
}

}  // namespace

void LimitRules::check(agent::Settings& settings) const {
  check_memory(settings, "exec.limit.memory", memory);
  check_memory(settings, "exec.limit.max_memory", max_memory);
}

agent::CommandLimits LimitRules::grant(const agent::CommandLimits& asked) const {
  const agent::CommandLimits defaults{unless_none(cpu_percent), unless_none(memory), unless_none(pids),
                                      unless_none(cpu_seconds)};
  const agent::CommandLimits ceilings{unless_none(max_cpu_percent), unless_none(max_memory),
                                      unless_none(max_pids), unless_none(max_cpu_seconds)};
  return agent::granted_limits(asked, defaults, ceilings);
}
