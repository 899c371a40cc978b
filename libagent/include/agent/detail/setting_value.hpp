// The text of one setting becomes a value: what agent/config.hpp does with each field.
// Not for use by programs: nothing in agent/detail/ stays as it is from one version to the next.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/fields.hpp"
#include "agent/json.hpp"
#include "agent/units.hpp"

namespace agent::detail {

// Each takes the whole text or throws Errc::bad_config with the reason, such as "'1x' is not a whole number".
bool parse_bool(std::string_view text);  // 1 t T true True TRUE yes on, 0 f F ...
std::int64_t parse_integer(std::string_view text, std::int64_t min, std::int64_t max);
std::uint64_t parse_unsigned(std::string_view text, std::uint64_t max);
double parse_double(std::string_view text);
std::vector<std::string> split_list(std::string_view text);  // trimmed; empty items are left out

// What a FieldRules demands of a value. Throws Errc::bad_config saying it: "must be at most 1h".
void check_one_of(std::string_view value, std::string_view accepted);
void check_has_items(std::string_view text, std::size_t items);
void check_text(std::string_view value, const FieldRules& rules);  // kind, absolute, pattern
void check_length(std::string_view text, std::size_t max_length);  // in characters
[[noreturn]] void throw_out_of_range(std::string_view rule, std::string_view bound);
[[noreturn]] void throw_no_multiple(std::string_view text, std::chrono::nanoseconds unit);
[[noreturn]] void throw_too_long(std::string_view text);

// Any std::chrono duration.
template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {
  static_assert(std::ratio_greater_equal_v<Period, std::nano>, "settings know nothing below a nanosecond");
};

// Exactly what the text says, or else an Error.
template <class Rep, class Period>
void parse_duration_as(std::string_view text, std::chrono::duration<Rep, Period>& out) {
  using std::chrono::nanoseconds;
  const nanoseconds exact = parse_duration(text);
  if constexpr (std::floating_point<Rep>) {
    out = exact;
  } else {
    constexpr nanoseconds unit = std::chrono::duration<std::int64_t, Period>(1);
    const std::int64_t ticks = exact / unit;
    if (exact % unit != nanoseconds(0)) throw_no_multiple(text, unit);
    if (!std::in_range<Rep>(ticks)) throw_too_long(text);
    out = std::chrono::duration<Rep, Period>(static_cast<Rep>(ticks));
  }
}

// A type that reads itself.
template <class T>
concept OwnSetting = requires(std::string_view text, T& out) {
  parse_setting(text, out);
};

// A type whose setting is JSON on one line.
template <class T>
struct IsJsonSetting : std::bool_constant<HasFields<T> || json::detail::is_map<T>> {};
template <class T>
struct IsJsonSetting<std::vector<T>> : IsJsonSetting<T> {};

// `out` becomes what the text says, or an Error says why not; it may have changed by then.
template <class T>
void parse_value(std::string_view text, T& out) {
  if constexpr (OwnSetting<T>) {
    parse_setting(text, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out = parse_bool(text);
  } else if constexpr (std::signed_integral<T>) {
    out = static_cast<T>(parse_integer(text, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::unsigned_integral<T>) {
    out = static_cast<T>(parse_unsigned(text, std::numeric_limits<T>::max()));
  } else if constexpr (std::floating_point<T>) {
    out = static_cast<T>(parse_double(text));
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = text;
  } else if constexpr (std::is_same_v<T, Bytes>) {
    out = parse_bytes(text);
  } else if constexpr (IsDuration<T>::value) {
    parse_duration_as(text, out);
  } else if constexpr (json::detail::is_optional<T>) {
    parse_value(text, out.emplace());
  } else if constexpr (IsJsonSetting<T>::value) {
    out = json::decode<T>(std::string(text));
  } else if constexpr (json::detail::is_vector<T>) {
    out.clear();
    for (const std::string& item : split_list(text)) parse_value(item, out.emplace_back());
  } else {
    static_assert(!sizeof(T), "this type needs parse_setting(std::string_view, T&) beside it");
  }
}

// Bounds are written as values of the type are. Lists and optionals have none of their own.
template <class T>
void check_bounds(const T& value, const FieldRules& rules) {
  if constexpr (requires { value < value; } && !json::detail::is_vector<T> && !json::detail::is_optional<T>) {
    T bound{};
    if (!rules.min.empty()) {
      parse_value(rules.min, bound);
      if (value < bound) throw_out_of_range("at least", rules.min);
    }
    if (!rules.max.empty()) {
      parse_value(rules.max, bound);
      if (bound < value) throw_out_of_range("at most", rules.max);
    }
  }
}

// Checks each item of a list, and the value of an optional.
template <class T>
void check_rules(const T& value, const FieldRules& rules) {
  if constexpr (json::detail::is_optional<T>) {
    check_rules(*value, rules);
  } else if constexpr (json::detail::is_vector<T>) {
    for (const auto& item : value) check_rules(item, rules);
  } else {
    if constexpr (std::is_same_v<T, std::string>) {
      check_one_of(value, rules.one_of);
      check_text(value, rules);
    }
    check_bounds(value, rules);
  }
}

}  // namespace agent::detail
