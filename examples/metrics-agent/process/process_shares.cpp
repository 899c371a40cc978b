#include "process_shares.hpp"

#include <utility>

namespace {

double percent(std::uint64_t ticks, std::uint64_t ticks_per_second, double seconds) {
  if (seconds <= 0 || ticks_per_second == 0) return 0;
  return 100 * static_cast<double>(ticks) / static_cast<double>(ticks_per_second) / seconds;
}

// Kernels round user and system time apart from each other, so that their sum can go back.
std::uint64_t growth(std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; }

}  // namespace

void ProcessShares::begin() {
  next_.clear();
  next_.reserve(known_.size());
}

ProcessShare ProcessShares::look(const ProcessLook& look) {
  const Mark now{look.time, look.cpu_ticks};
  const auto found = known_.find(look.pid);
  if (found == known_.end() || found->second.start_ticks != look.start_ticks) {
    next_[look.pid] = {.start_ticks = look.start_ticks, .last = now, .before = {}};
    return {percent(look.cpu_ticks, ticks_per_second_, look.age_seconds), true};
  }
  Known& known = next_[look.pid] = found->second;
  if (look.time - known.last.time >= kShortest) {
    known = {.start_ticks = look.start_ticks, .last = now, .before = known.last, .has_before = true};
  }
  if (known.has_before) return {percent_since(known.before, look), false};
  return {percent(look.cpu_ticks, ticks_per_second_, look.age_seconds), true};
}

void ProcessShares::finish() {
  known_ = std::move(next_);
  next_ = {};
}

double ProcessShares::percent_since(const Mark& mark, const ProcessLook& look) const {
  const std::chrono::duration<double> interval = look.time - mark.time;
  return percent(growth(mark.cpu_ticks, look.cpu_ticks), ticks_per_second_, interval.count());
}
