#include "base/backoff.hpp"

#include <algorithm>

namespace agent {
namespace {

using std::chrono::milliseconds;

struct Window {
  milliseconds begin;
  milliseconds width;
};
constexpr Window kWindows[] = {
    {milliseconds(0), milliseconds(1000)},
    {milliseconds(0), milliseconds(2000)},
    {milliseconds(0), milliseconds(4000)},
    {milliseconds(2000), milliseconds(4000)},  // and so on
};
constexpr int kLast = 3;

}  // namespace

milliseconds Backoff::next(std::optional<std::chrono::seconds> retry_after) {
  const Window& window = kWindows[std::min(attempts_, kLast)];
  attempts_ = std::min(attempts_ + 1, 1'000'000);
  const milliseconds jitter(static_cast<std::int64_t>(random_() * static_cast<double>(window.width.count())));
  if (!retry_after) return window.begin + jitter;
  return std::clamp(*retry_after, std::chrono::seconds(0), kLongestRetryAfter) + jitter;
}

}  // namespace agent
