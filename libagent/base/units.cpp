#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "agent/config.hpp"
#include "base/trim.hpp"

namespace agent {
namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t kFractionUnit = 1'000'000'000'000'000'000;
constexpr std::string_view kSize = "a size such as 10M";
constexpr std::string_view kDuration = "a duration such as 1h30m";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[noreturn]] void fail(const std::string& message) { throw Error(Errc::bad_config, message); }

std::uint64_t power(std::uint64_t base, int exponent) {
  std::uint64_t result = 1;
  while (exponent-- > 0) result *= base;
  return result;
}

// The factor of a unit such as "", "b", "k", "kb", "ki", "kib".
std::uint64_t byte_factor(std::string_view unit) {
  std::string name;
  for (char c : unit) name += lower(c);
  if (name.empty() || name == "b") return 1;
  const std::size_t exponent = std::string_view("kmgtpe").find(name[0]);
  const std::string_view rest = std::string_view(name).substr(1);
  if (exponent != std::string_view::npos) {
    if (rest.empty() || rest == "b") return power(1000, static_cast<int>(exponent) + 1);
    if (rest == "i" || rest == "ib") return power(1024, static_cast<int>(exponent) + 1);
  }
  fail(fmt::format("unknown unit '{}'; known are B, K, M, G, T, P, E (powers of 1000) and Ki, Mi, ... (1024)",
                   unit));
}

// "1.5" of 1000 is 1500, exactly; what is below one is cut. `what` says what was expected.
std::uint64_t scale(std::string_view digits, std::uint64_t factor, std::string_view text,
                    std::string_view what) {
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const std::string_view whole = digits.substr(0, dot);
  const std::string_view fraction = digits.substr(std::min(dot + 1, digits.size()));
  if ((whole.empty() && fraction.empty()) || fraction.find('.') != std::string_view::npos) {
    fail(fmt::format("'{}' is not {}", text, what));
  }
  std::uint64_t number = 0;
  const auto [end, code] = std::from_chars(whole.data(), whole.data() + whole.size(), number);
  if (code == std::errc::result_out_of_range || number > kMax / factor)
    fail(fmt::format("'{}' is too large", text));

  std::uint64_t part = 0;  // of 10^18, which is finer than any factor needs
  std::uint64_t place = kFractionUnit;
  for (std::size_t i = 0; i < fraction.size() && place > 1; ++i) {
    place /= 10;
    part += static_cast<std::uint64_t>(fraction[i] - '0') * place;
  }
  const auto rest = static_cast<std::uint64_t>(static_cast<unsigned __int128>(part) * factor / kFractionUnit);
  if (rest > kMax - number * factor) fail(fmt::format("'{}' is too large", text));
  return number * factor + rest;
}

struct DurationUnit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
constexpr DurationUnit kDurationUnits[] = {
    {"ns", 1},          {"us", 1'000},        {"\u00b5s", 1'000},  // micro sign
    {"\u03bcs", 1'000},                                            // Greek mu
    {"ms", 1'000'000},  {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

// Reads "1.5h" from the front of `rest` and returns its nanoseconds.
std::uint64_t take_duration_part(std::string_view& rest, std::string_view text) {
  std::size_t end = 0;
  while (end < rest.size() && (is_digit(rest[end]) || rest[end] == '.')) ++end;
  const std::string_view digits = rest.substr(0, end);
  rest.remove_prefix(end);
  end = 0;
  while (end < rest.size() && !is_digit(rest[end]) && rest[end] != '.') ++end;
  const std::string_view unit = rest.substr(0, end);
  rest.remove_prefix(end);

  if (digits.empty()) fail(fmt::format("'{}' is not {}", text, kDuration));
  if (unit.empty()) fail(fmt::format("'{}' has no unit; known are ns, us, ms, s, m, h", text));
  for (const DurationUnit& known : kDurationUnits) {
    if (unit == known.name) return scale(digits, known.nanoseconds, text, kDuration);
  }
  fail(fmt::format("unknown unit '{}'; known are ns, us, ms, s, m, h", unit));
}

// "1.5" from 1500 of 1000.
std::string decimal(std::uint64_t value, std::uint64_t unit) {
  std::string text = std::to_string(value / unit);
  std::uint64_t rest = value % unit;
  if (rest == 0) return text;
  text += '.';
  for (unit /= 10; rest != 0; unit /= 10) {
    text += static_cast<char>('0' + rest / unit);
    rest %= unit;
  }
  return text;
}

}  // namespace

Bytes parse_bytes(std::string_view text) {
  const std::string_view value = trim(text);
  std::string digits;
  std::size_t end = 0;
  for (; end < value.size() && (is_digit(value[end]) || value[end] == '.' || value[end] == ','); ++end) {
    if (value[end] != ',') digits += value[end];
  }
  if (digits.empty()) fail(fmt::format("'{}' is not {}", text, kSize));
  return Bytes{scale(digits, byte_factor(trim(value.substr(end))), text, kSize)};
}

std::string to_string(Bytes bytes) {
  constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes.value < 10) return fmt::format("{} B", bytes.value);
  std::size_t exponent = 0;
  while (exponent + 1 < kUnits.size() && bytes.value >> (10 * (exponent + 1)) != 0) ++exponent;
  const double unit = std::ldexp(1.0, static_cast<int>(10 * exponent));
  const double value = std::floor(static_cast<double>(bytes.value) / unit * 10 + 0.5) / 10;
  return value < 10 ? fmt::format("{:.1f} {}", value, kUnits[exponent])
                    : fmt::format("{:.0f} {}", value, kUnits[exponent]);
}

std::chrono::nanoseconds parse_duration(std::string_view text) {
  std::string_view rest = trim(text);
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return std::chrono::nanoseconds(0);
  if (rest.empty()) fail(fmt::format("'{}' is not {}", text, kDuration));

  constexpr auto kLongest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t total = 0;
  while (!rest.empty()) {
    const std::uint64_t part = take_duration_part(rest, text);
    if (part > kLongest - total) fail(fmt::format("'{}' is too long", text));
    total += part;
  }
  const auto count = static_cast<std::int64_t>(total);
  return std::chrono::nanoseconds(negative ? -count : count);
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const std::int64_t count = duration.count();
  const std::string sign = count < 0 ? "-" : "";
  const std::uint64_t total =
      count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  if (total == 0) return "0s";
  if (total < 1'000) return fmt::format("{}{}ns", sign, total);
  if (total < 1'000'000) return sign + decimal(total, 1'000) + "\u00b5s";
  if (total < 1'000'000'000) return sign + decimal(total, 1'000'000) + "ms";

  const std::uint64_t minutes = total / 60'000'000'000;
  std::string text = decimal(total % 60'000'000'000, 1'000'000'000) + "s";
  if (minutes > 0) text = fmt::format("{}m", minutes % 60) + text;
  if (minutes >= 60) text = fmt::format("{}h", minutes / 60) + text;
  return sign + text;
}

void read_json(json::Value value, Bytes& out) {
  if (value.is_string()) {
    out = parse_bytes(value.as_string());
  } else {
    out.value = value.as_uint(kMax);
  }
}

void write_json(json::Writer& out, const Bytes& value) { out.string(to_string(value)); }

}  // namespace agent
