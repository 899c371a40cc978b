// ReadPace: when a runner may read: `readio_limit` (bytes a second) and `run_time` (a window of the day).
// Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace logkit {

// A part of each day, in minutes since midnight, local time. Over midnight when the end is before the begin.
struct DayWindow {
  int begin = 0;
  int end = 0;  // not within it; the same as begin: the whole day

  bool contains(int minute) const;
};

// "02:30-18:00"; a missing begin or end is midnight, "12" is 12:00, 24 is 0. Nothing: it is no such text.
std::optional<DayWindow> parse_day_window(std::string_view text);

struct PaceOptions {
  std::uint64_t bytes_per_second = 0;  // 0: no limit
  DayWindow window;
};

class ReadPace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit ReadPace(const PaceOptions& options) : options_(options) {}

  // How long nothing may be read from now on; 0: it may. `minute`: of the day, local time.
  std::chrono::nanoseconds wait(Time now, int minute);
  // Told after each read. A read may be larger than what is left; the next one waits the longer.
  void took(std::uint64_t bytes);

 private:
  PaceOptions options_;
  Time last_{};
  double left_ = 0;  // bytes
};

}  // namespace logkit
