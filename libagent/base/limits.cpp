#include "agent/limits.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "agent/error.hpp"

namespace agent {
namespace {

std::string shown(std::uint64_t value) { return fmt::to_string(value); }
std::string shown(Bytes value) { return to_string(value); }

template <typename Value>
struct Range {
  std::string_view name;
  Value least;
};

template <typename Value>
std::optional<Value> grant(const Range<Value>& range, const std::optional<Value>& asked,
                           const std::optional<Value>& preset, const std::optional<Value>& ceiling) {
  if (!asked) return preset && ceiling ? std::min(*preset, *ceiling) : preset ? preset : ceiling;
  if (*asked < range.least)
    throw Error(Errc::refused, fmt::format("{}: at least {}", range.name, shown(range.least)));
  if (ceiling && *asked > *ceiling)
    throw Error(Errc::refused, fmt::format("{}: at most {}", range.name, shown(*ceiling)));
  return asked;
}

}  // namespace

CommandLimits granted_limits(const CommandLimits& asked, const CommandLimits& defaults,
                             const CommandLimits& ceilings) {
  const Range<std::uint32_t> cpu_percent{"cpu_percent", 1};
  const Range<Bytes> memory{"memory", kMinCommandMemory};
  const Range<std::uint32_t> pids{"pids", 1};
  const Range<std::uint64_t> cpu_seconds{"cpu_seconds", 1};
  return {.cpu_percent = grant(cpu_percent, asked.cpu_percent, defaults.cpu_percent, ceilings.cpu_percent),
          .memory = grant(memory, asked.memory, defaults.memory, ceilings.memory),
          .pids = grant(pids, asked.pids, defaults.pids, ceilings.pids),
          .cpu_seconds = grant(cpu_seconds, asked.cpu_seconds, defaults.cpu_seconds, ceilings.cpu_seconds)};
}

std::string_view to_string(EndedBy reason) {
  switch (reason) {
    case EndedBy::itself: return "";
    case EndedBy::memory: return "memory";
    case EndedBy::cpu_seconds: return "cpu_seconds";
    case EndedBy::timeout: return "timeout";
    case EndedBy::killed: break;
  }
  return "killed";
}

std::string_view to_string(Bound bound) {
  switch (bound) {
    case Bound::none: return "";
    case Bound::command: return "command";
    case Bound::agent: return "agent";
    case Bound::host: break;
  }
  return "host";
}

}  // namespace agent
