#include "tests/support/patience.hpp"

#include <algorithm>
#include <thread>

namespace test {
namespace {

constexpr std::chrono::milliseconds kLook{5};

}  // namespace

std::chrono::milliseconds Deadline::left() const {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

void wait_until(const std::string& what, const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const Deadline deadline(limit);
  while (!condition()) {
    if (deadline.has_passed()) throw TimedOut("not within " + std::to_string(limit.count()) + " ms: " + what);
    std::this_thread::sleep_for(kLook);
  }
}

}  // namespace test
