// CronTimes: when a script runs.
//
//   loop 30s, @every 30s    again so long after the end of the last run; "loop": after 10 s
//   30 4 * * 1-5            a cron expression: minute, hour, day of the month, month, day of the week
//   0 30 4 * * *            the same with seconds in front
//   @hourly, @daily, @weekly, @monthly
//
// Fields have numbers, "*", "?", ranges, lists and steps; days of the week are 0 to 7, both ends being
// Sunday. When both days are limited, one of them is enough. Times are local. Pure but for the host's zone.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace logkit {

class CronTimes {
 public:
  // Throws Errc::bad_config.
  explicit CronTimes(std::string_view text);

  // The first moment after `now` that is meant, in seconds since 1970; `now` is also the end of the last run.
  // Nothing within five years: never, as for 30 February. `offset`: minutes of the zone at a moment.
  using ZoneOffset = int (*)(std::int64_t utc);
  std::optional<std::int64_t> next(std::int64_t now, ZoneOffset offset) const;
  // Between two runs. Nothing: the times are those of a calendar.
  std::optional<std::chrono::nanoseconds> pause() const { return pause_; }

 private:
  struct Local;
  void read_fields(std::string_view text);
  bool has_day(const Local& local) const;
  bool has_minute(const Local& local) const;

  std::optional<std::chrono::nanoseconds> pause_;
  // Bits of the values that are meant: seconds, minutes, hours, days, months, days of the week.
  std::array<std::uint64_t, 6> fields_{};
  bool limits_day_ = false;
  bool limits_weekday_ = false;
};

}  // namespace logkit
