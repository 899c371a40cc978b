#include "sample_pace.hpp"

#include <algorithm>

namespace {

// A stop of the agent waits for a slice, which takes some 50 ms.
constexpr std::size_t kLargestSlice = 1000;

}  // namespace

std::size_t SamplePace::slice(std::size_t items_of_unit) const {
  if (limit_ == 0) return kLargestSlice;
  return std::clamp<std::size_t>(static_cast<std::size_t>(limit_) / items_of_unit, 1, kLargestSlice);
}

std::chrono::nanoseconds SamplePace::pause(std::size_t items) const {
  if (limit_ == 0) return {};
  const std::chrono::duration<double> time(static_cast<double>(items) / static_cast<double>(limit_));
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time);
}
