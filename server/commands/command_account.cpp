#include "commands/command_account.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "agent/limits.hpp"

namespace server {
namespace {

using agent::Bound;
using agent::EndedBy;

// Clients read figures as signed numbers of 64 bits; more than this nobody has used.
constexpr std::uint64_t kMostCounted = 1ULL << 62;
constexpr double kMostSeconds = 1e12;

template <class Enum, std::size_t N>
std::string known_word(const std::string& word, const std::array<Enum, N>& known) {
  const bool is_known =
      std::any_of(known.begin(), known.end(), [&word](Enum value) { return to_string(value) == word; });
  return is_known ? word : std::string();
}

void drop_absurd(std::optional<std::uint64_t>& figure) {
  if (figure && *figure > kMostCounted) figure.reset();
}

agent::wire::CommandUsage credible(agent::wire::CommandUsage usage) {
  if (usage.cpu_seconds && !(*usage.cpu_seconds >= 0 && *usage.cpu_seconds <= kMostSeconds))
    usage.cpu_seconds.reset();
  for (auto* figure : {&usage.peak_memory, &usage.read_bytes, &usage.written_bytes, &usage.peak_pids})
    drop_absurd(*figure);
  return usage;
}

}  // namespace

CommandAccount account_of(const agent::wire::ExecDone& done) {
  constexpr std::array kReasons{EndedBy::memory, EndedBy::cpu_seconds, EndedBy::timeout, EndedBy::killed};
  constexpr std::array kBounds{Bound::command, Bound::agent, Bound::host};
  CommandAccount account;
  account.ended_by = known_word(done.ended_by, kReasons);
  if (account.ended_by.empty() && done.timed_out) account.ended_by = to_string(EndedBy::timeout);
  account.bound = known_word(done.bound, kBounds);
  account.pids = done.pids;
  account.oom_kills = done.oom_kills <= kMostCounted ? done.oom_kills : 0;
  account.usage = credible(done.usage);
  return account;
}

std::string ended_by_text(const CommandAccount& account) {
  return account.ended_by.empty() ? std::string() : ", ended by " + account.ended_by;
}

}  // namespace server
