#include "cpu_times.hpp"

#include <algorithm>
#include <array>

#include "text_scan.hpp"

namespace host {
namespace {

constexpr std::size_t kCounters = 8;
using Counts = std::array<std::uint64_t, kCounters>;
constexpr std::size_t kIdle = 3;
constexpr std::size_t kIowait = 4;

// Counters are added up from ticks that come late under load, up to a second for short intervals.
constexpr double kMostOfExpected = 1.5;
constexpr double kLateTicks = 100;

Counts counts_of(const CpuTimes& times) {
  return {times.user,   times.nice, times.system,  times.idle,
          times.iowait, times.irq,  times.softirq, times.steal};
}

std::optional<CpuTimes> parse_times(std::string_view line) {
  Counts counts{};
  std::size_t found = 0;
  for (; found < kCounters; ++found) {
    const auto number = number_in(take_word(line));
    if (!number) break;
    counts[found] = *number;
  }
  if (found <= kIdle) return std::nullopt;
  return CpuTimes{counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7]};
}

struct Moves {
  std::array<double, kCounters> ticks{};
  bool idle_known = true;
};

Moves moves_between(const Counts& before, const Counts& now, double expected) {
  Moves moves;
  for (std::size_t i = 0; i < kCounters; ++i) {
    const bool back = now[i] < before[i];
    const double ticks = back ? 0 : static_cast<double>(now[i] - before[i]);
    const bool absurd = i != kIdle && expected > 0 && ticks > kMostOfExpected * expected + kLateTicks;
    if ((back && (i == kIdle || i == kIowait)) || absurd) moves.idle_known = false;
    moves.ticks[i] = absurd ? 0 : ticks;
  }
  return moves;
}

double sum_of(const Moves& moves) {
  double sum = 0;
  for (const double ticks : moves.ticks) sum += ticks;
  return sum;
}

}  // namespace

std::optional<CpuStat> parse_cpu_stat(std::string_view text) {
  CpuStat stat;
  bool found = false;
  while (!text.empty()) {
    std::string_view line = take_line(text);
    const std::string_view key = take_word(line);
    if (key == "cpu" && !found) {
      const auto times = parse_times(line);
      if (!times) return std::nullopt;
      stat.times = *times;
      found = true;
    } else if (key.starts_with("cpu")) {
      ++stat.cpus;
    } else if (key == "btime") {
      stat.boot_time = count_in(take_word(line));
    }
  }
  if (!found) return std::nullopt;
  return stat;
}

CpuShares shares_between(const CpuTimes& before, const CpuTimes& now, double expected_ticks) {
  Moves moves = moves_between(counts_of(before), counts_of(now), expected_ticks);
  if (!moves.idle_known)
    moves.ticks[kIdle] = std::max(moves.ticks[kIdle], expected_ticks - (sum_of(moves) - moves.ticks[kIdle]));
  const double sum = sum_of(moves);
  if (sum <= 0) return {};
  const auto share = [&](std::size_t i) { return 100 * moves.ticks[i] / sum; };
  CpuShares shares{share(0), share(1), share(2), 0, share(4), share(5), share(6), share(7)};
  shares.idle = share(kIdle);
  return shares;
}

}  // namespace host
