// Patience: how long tests wait for what must come. A wait that succeeds ends at once.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>

namespace test {

// For what takes a moment; generous, because sanitizers and busy machines are slow.
inline constexpr std::chrono::seconds kPatience{30};

// What was waited for did not come.
class TimedOut : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Deadline {
 public:
  explicit Deadline(std::chrono::milliseconds limit) : at_(std::chrono::steady_clock::now() + limit) {}

  bool has_passed() const { return std::chrono::steady_clock::now() >= at_; }
  std::chrono::milliseconds left() const;

 private:
  std::chrono::steady_clock::time_point at_;
};

// Asks again and again until `condition` holds; throws TimedOut naming `what`.
void wait_until(const std::string& what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit = kPatience);

}  // namespace test
