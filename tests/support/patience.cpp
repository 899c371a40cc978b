#include "tests/support/patience.hpp"

#include <poll.h>

#include <algorithm>

namespace test {
namespace {

constexpr int kLookMs = 5;

}  // namespace

std::chrono::milliseconds Deadline::left() const {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

void wait_until(const std::string& what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  while (!condition()) {
    if (deadline.has_passed()) throw TimedOut("not within " + std::to_string(limit.count()) + " ms: " + what);
    ::poll(nullptr, 0, kLookMs);
  }
}

}  // namespace test
