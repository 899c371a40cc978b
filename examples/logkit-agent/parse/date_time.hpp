// DateTime: dates as logs have them.
//
// Layouts are written with % and a letter: %Y %y year, %m %b month (number, English name), %d %e day, %H %I
// %p hour, %M minute, %S second with its fraction if there is one (behind '.' or ','), %a day of the week, %z
// zone (Z, +08, +0800, +08:00), %Z its name. A blank matches any number of them. Pure but for the host's
// zone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logkit {

struct DateTime {
  std::int64_t seconds = 0;  // since 1970, UTC
  std::uint32_t nanoseconds = 0;
  int offset_minutes = 0;  // of the zone in which it was written

  bool operator==(const DateTime&) const = default;
};

// How what a date does not say is filled in.
struct DateRules {
  // Zone of dates without one, in minutes east of UTC; nothing: the host's, at that date.
  std::optional<int> offset_minutes;
  // A date without a year takes the one that makes it nearest to this time.
  std::int64_t now = 0;  // seconds since 1970
};

// Nothing: the text is no date of that layout, or has something behind it.
std::optional<DateTime> parse_date(std::string_view text, std::string_view layout, const DateRules& rules);
// The same with all layouts that are known: docs/logs.md lists them.
std::optional<DateTime> parse_any_date(std::string_view text, const DateRules& rules);

// RFC 3339: "2026-03-01T00:30:00.25+08:00"; the fraction without zeros at its end, "Z" for UTC.
std::string to_rfc3339(const DateTime& time);
std::string format_date(const DateTime& time, std::string_view layout);

// The layout of Go's notation, "2006-01-02 15:04:05", as it is in logkit's options; one with '%' stays.
std::string layout_of_go(std::string_view text);

// Nanoseconds since 1970 as a time in UTC; seconds, milli- and microseconds are told by their size.
DateTime from_unix_time(std::int64_t number);

}  // namespace logkit
