// Outage: the time without a server, and what of it is logged: its beginning, each doubling of its length,
// and its end. Decisions without I/O; the clock is a parameter.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>

namespace agent::core {

// The first doubling ends here.
inline constexpr std::chrono::seconds kFirstDoubling{2};
// Failures of further kinds, or of further servers, that are logged besides: each of them once.
inline constexpr std::size_t kOutageKinds = 8;

class Outage {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // An attempt has failed; `what`: the server and why. The line to be logged, nullopt: none.
  std::optional<std::string> failed(Time now, const std::string& what);
  // What is said besides of an attempt that did not fail, such as a redirect: once in an outage.
  bool is_news(const std::string& what);
  // A session has begun. How long it took to get there, for the log; "" when the first attempt led to it.
  std::string ended(Time now);

 private:
  Time since_{};
  std::size_t attempts_ = 0;  // that failed; 0: there is no outage
  std::chrono::nanoseconds next_{};
  std::set<std::string> told_;
};

}  // namespace agent::core
