// Values with a form of their own on the wire (docs/wire.md, "Rules for JSON").
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/json.hpp"

namespace agent::wire {

// Time: a point in time as Go's time.Time travels: RFC 3339 with up to nine fraction digits and a zone.
// The default is Go's zero time, "0001-01-01T00:00:00Z".
struct Time {
  static constexpr std::int64_t kZeroSeconds = -62135596800;

  std::int64_t seconds = kZeroSeconds;  // since the Unix epoch
  std::uint32_t nanoseconds = 0;
  std::int16_t offset_minutes = 0;  // east of UTC; only how the text is written

  static Time now();  // UTC
  static Time from(std::chrono::system_clock::time_point point);
  bool is_zero() const { return seconds == kZeroSeconds && nanoseconds == 0; }
  bool operator==(const Time&) const = default;
};

// What RFC 3339 cannot say (beyond the years 0 to 9999, give or take a day) is written as the zero time.
std::string to_string(const Time& time);
// Throws Errc::bad_message unless the text is RFC 3339 with 'T', seconds and a zone. More than nine
// fraction digits are cut.
Time parse_time(std::string_view text);
void read_json(json::Value value, Time& out);
void write_json(json::Writer& out, const Time& value);

// Float2: a number that is written with exactly two decimals.
struct Float2 {
  double value = 0;
  bool operator==(const Float2&) const = default;
};
void read_json(json::Value value, Float2& out);
void write_json(json::Writer& out, const Float2& value);
inline bool is_empty(const Float2& number) { return number.value == 0; }

// Ip: a textual IPv4 or IPv6 address, "" = unknown. A zone or any other text is Errc::bad_message when it
// is read, and left out when it is written: a Go peer would close the connection without a word.
struct Ip {
  std::string text;
  bool operator==(const Ip&) const = default;
};
void read_json(json::Value value, Ip& out);
void write_json(json::Writer& out, const Ip& value);

// Md5: sixteen numbers on the wire, neither hex nor base64.
using Md5 = std::array<std::uint8_t, 16>;

// Pauses of a garbage collector by quantile, in seconds. Fixed members: a server keeps one per agent.
struct GcPauses {
  double minimum = 0;
  double maximum = 0;
  double quarter = 0;
  double median = 0;
  double three_quarters = 0;

  static void fields(auto& field) {
    field("0", &GcPauses::minimum, "shortest pause");
    field("100", &GcPauses::maximum, "longest pause");
    field("25", &GcPauses::quarter, "first quartile");
    field("50", &GcPauses::median, "median");
    field("75", &GcPauses::three_quarters, "third quartile");
  }
};

}  // namespace agent::wire
