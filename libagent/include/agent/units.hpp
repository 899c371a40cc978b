// Sizes and durations as people write them in settings.
//
// Pure functions, any thread. Parsing throws Errc::bad_config with the text and what would have been right:
// "unknown unit 'Q'; known are B, K, M, ...", "'5' has no unit; known are ns, us, ms, s, m, h".
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/json_value.hpp"

namespace agent {

// Bytes: a size, or a rate in bytes per second.
struct Bytes {
  std::uint64_t value = 0;
  auto operator<=>(const Bytes&) const = default;
};

// "10M" = 10,000,000, "10Mi" or "10MiB" = 10,485,760, "1.5G", "512", "1,024 KB"; below 16 EiB.
Bytes parse_bytes(std::string_view text);

// "9.5 MiB": rounded to two digits or to whole units, as originals print it.
std::string to_string(Bytes bytes);

// "1h30m", "1.5s", "-500ms", "0"; units ns us µs ms s m h; at most 292 years.
std::chrono::nanoseconds parse_duration(std::string_view text);

// "1m0s", exact, as Go prints it; parse_duration() reads it back.
std::string format_duration(std::chrono::nanoseconds duration);

// In JSON: reads a number or a text such as "10M", writes to_string(). Reading throws Errc::bad_message for
// other values.
void read_json(json::Value value, Bytes& out);
void write_json(json::Writer& out, const Bytes& value);

}  // namespace agent
