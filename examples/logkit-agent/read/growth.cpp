#include "growth.hpp"

#include <algorithm>

namespace logkit {

void Growth::begin(std::uint64_t size, Time changed) {
  steps_.clear();
  old_size_ = size;
  if (size > 0) steps_.push_back({size, changed});
}

void Growth::grew(std::uint64_t size, Time now) {
  constexpr std::chrono::seconds kExact{1};
  if (!steps_.empty() && size <= steps_.back().size) return;
  const bool is_old = steps_.empty() || steps_.back().size <= old_size_;
  if (!is_old && now - steps_.back().when < kExact) {
    steps_.back().size = size;
    return;
  }
  if (steps_.size() >= kMost) {
    // One of two steps remains, with the earlier time.
    std::vector<Step> fewer;
    for (std::size_t i = 0; i + 1 < steps_.size(); i += 2)
      fewer.push_back({steps_[i + 1].size, steps_[i].when});
    steps_ = std::move(fewer);
  }
  steps_.push_back({size, now});
}

std::optional<Arrival> Growth::arrival(std::uint64_t offset) const {
  const auto step =
      std::find_if(steps_.begin(), steps_.end(), [&](const Step& s) { return s.size > offset; });
  if (step == steps_.end()) return std::nullopt;
  return Arrival{step->when, offset < old_size_};
}

void Growth::forget_before(std::uint64_t offset) {
  const auto step =
      std::find_if(steps_.begin(), steps_.end(), [&](const Step& s) { return s.size > offset; });
  steps_.erase(steps_.begin(), step);
}

}  // namespace logkit
