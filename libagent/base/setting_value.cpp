// The texts of single settings (reference agent behaviour, section 4).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "agent/config.hpp"
#include "base/server_address.hpp"
#include "base/setting_pattern.hpp"
#include "base/trim.hpp"

namespace agent::detail {
namespace {

[[noreturn]] void fail(const std::string& text) { throw Error(Errc::bad_config, text); }

template <class T>
T parse_number(std::string_view text, T min, T max) {
  std::string_view digits = text;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  T number{};
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = end == digits.data() + digits.size() && !digits.empty();
  const bool below = std::is_unsigned_v<T> && digits.starts_with('-');
  if (below || code == std::errc::result_out_of_range ||
      (whole && code == std::errc{} && (number < min || number > max))) {
    fail(fmt::format("'{}' is out of range, accepted are {} to {}", text, min, max));
  }
  if (!whole || code != std::errc{}) fail(fmt::format("'{}' is not a whole number", text));
  return number;
}

// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view text) {
  constexpr std::string_view kShape = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  const auto fits = [](char c, char shape) {
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    return shape == 'x' ? digit : c == shape;
  };
  return text.size() == kShape.size() && std::equal(text.begin(), text.end(), kShape.begin(), fits);
}

// What begins a character: all bytes of UTF-8 but those that go on with one.
std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

void check_kind(std::string_view value, const FieldRules& rules) {
  if (value.empty() || (rules.variables && value.starts_with('$'))) return;
  if (rules.kind == ValueKind::address) parse_address(std::string(value));
  if (rules.kind == ValueKind::uuid && !is_uuid(value))
    fail(fmt::format("'{}' is no UUID; want one as 6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b11", value));
  if (rules.kind == ValueKind::path && rules.absolute && !std::filesystem::path(value).is_absolute())
    fail(fmt::format("'{}' is not an absolute path", value));
}

}  // namespace

bool parse_bool(std::string_view text) {
  constexpr std::array<std::string_view, 8> kTrue{"1", "t", "T", "true", "True", "TRUE", "yes", "on"};
  constexpr std::array<std::string_view, 8> kFalse{"0", "f", "F", "false", "False", "FALSE", "no", "off"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  fail(fmt::format("'{}' is neither true nor false", text));
}

std::int64_t parse_integer(std::string_view text, std::int64_t min, std::int64_t max) {
  return parse_number<std::int64_t>(text, min, max);
}

std::uint64_t parse_unsigned(std::string_view text, std::uint64_t max) {
  return parse_number<std::uint64_t>(text, 0, max);
}

double parse_double(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  double number = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = !digits.empty() && end == digits.data() + digits.size();
  if (!whole || code != std::errc{} || !std::isfinite(number))
    fail(fmt::format("'{}' is not a number", text));
  return number;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = trim(text.substr(0, comma));
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

void check_one_of(std::string_view value, std::string_view accepted) {
  if (accepted.empty()) return;
  const std::vector<std::string> words = split_list(accepted);
  if (std::find(words.begin(), words.end(), value) != words.end()) return;
  fail(fmt::format("'{}' is not one of {}", value, fmt::join(words, ", ")));
}

void check_has_items(std::string_view text, std::size_t items) {
  if (items == 0 && !trim(text).empty()) fail(fmt::format("'{}' has no item; leave it empty for none", text));
}

void check_text(std::string_view value, const FieldRules& rules) {
  check_kind(value, rules);
  if (!rules.pattern.empty() && !matches(std::string(value), std::string(rules.pattern)))
    fail(rules.mismatch.empty() ? fmt::format("'{}' does not match {}", value, rules.pattern)
                                : fmt::format("'{}' {}", value, rules.mismatch));
}

void check_length(std::string_view text, std::size_t max_length) {
  if (max_length == 0) return;
  if (const std::size_t count = count_characters(text); count > max_length)
    fail(fmt::format("{} characters are too many, accepted are {}", count, max_length));
}

void throw_out_of_range(std::string_view rule, std::string_view bound) {
  fail(fmt::format("must be {} {}", rule, bound));
}

void throw_no_multiple(std::string_view text, std::chrono::nanoseconds unit) {
  fail(fmt::format("'{}' is no multiple of {}", text, format_duration(unit)));
}

void throw_too_long(std::string_view text) { fail(fmt::format("'{}' is too long", text)); }

}  // namespace agent::detail
