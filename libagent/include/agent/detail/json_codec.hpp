// How agent/json.hpp reads and writes each type; included by it.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/error.hpp"
#include "agent/fields.hpp"
#include "agent/json.hpp"
#include "agent/json_value.hpp"

namespace agent::json {
namespace detail {

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_array = false;
template <std::integral T, std::size_t N>
inline constexpr bool is_array<std::array<T, N>> = true;

template <class T>
concept OwnReader = requires(Value value, T& out) {
  read_json(value, out);
};
template <class T>
concept OwnWriter = requires(Writer& out, const T& value) {
  write_json(out, value);
};

template <class T>
bool is_omitted(const T& value) {
  if constexpr (requires { is_empty(value); }) {
    return is_empty(value);
  } else if constexpr (is_optional<T>) {
    return !value.has_value();
  } else if constexpr (requires { value.empty(); } && !is_array<T>) {
    return value.empty();
  } else if constexpr (std::is_same_v<T, Raw>) {
    return value.text.empty();
  } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                       std::is_same_v<T, std::chrono::nanoseconds>) {
    return value == T{};
  } else {
    return false;  // structs and fixed arrays are always present
  }
}

template <class T>
void read_field(std::string_view key, Value value, const FieldRules& rules, T& out) {
  try {
    json::read(value, out);
  } catch (const Error& error) {
    if (!rules.lenient) throw error.within(key);
    out = T{};
  }
}

template <class T>
struct FieldReader {
  Value object;
  T& out;
  template <class C, class M>
  void operator()(std::string_view key, M C::*member, std::string_view = {}, const FieldRules& rules = {}) {
    object.each(key, [&](Value value) { read_field(key, value, rules, out.*member); });
  }
};

// Reads members as long as they come in the order of the fields, as our own writer and Go's write them.
template <class T>
struct OrderedFieldReader {
  Value object;
  T& out;
  std::size_t taken = 0;  // members
  template <class C, class M>
  void operator()(std::string_view key, M C::*member, std::string_view = {}, const FieldRules& rules = {}) {
    const auto [name, value] = object.member(taken);
    if (name != key) return;
    read_field(key, value, rules, out.*member);
    ++taken;
  }
};

template <class T>
struct FieldWriter {
  Writer& out;
  const T& object;
  template <class C, class M>
  void operator()(std::string_view key, M C::*member, std::string_view = {}, const FieldRules& rules = {}) {
    const M& value = object.*member;
    if (rules.omit && is_omitted(value)) return;
    out.key(key);
    json::write(out, value);
  }
};

[[noreturn]] void throw_expected(std::string_view what, Value found);
[[noreturn]] void throw_within(std::size_t index, const Error& error);  // "[3]: …"

template <class T>
void read_object(Value value, T& out) {
  if (!value.is_object()) throw_expected("an object", value);
  OrderedFieldReader<T> ordered{value, out};
  T::fields(ordered);
  if (ordered.taken == value.size()) return;
  FieldReader<T> reader{value, out};  // any order, any case, duplicates: again, which changes nothing so far
  T::fields(reader);
}

template <class T>
void read_element(Value list, std::size_t index, T& out) {
  try {
    json::read(list.at(index), out);
  } catch (const Error& error) {
    throw_within(index, error);
  }
}

template <class T>
void read_list(Value value, T& out) {
  if (!value.is_array()) throw_expected("an array", value);
  out.clear();
  out.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) read_element(value, i, out.emplace_back());
}

template <class T>
void read_array(Value value, T& out) {  // shorter input is zero-filled, surplus elements are dropped
  if (!value.is_array()) throw_expected("an array", value);
  out.fill({});
  for (std::size_t i = 0; i < value.size() && i < out.size(); ++i) read_element(value, i, out[i]);
}

template <class T>
void read_map(Value value, T& out) {
  if (!value.is_object()) throw_expected("an object", value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto [name, item] = value.member(i);
    try {
      typename T::mapped_type read_item{};
      json::read(item, read_item);
      out.insert_or_assign(std::string(name), std::move(read_item));
    } catch (const Error& error) {
      throw error.within(name);
    }
  }
}

}  // namespace detail

template <class T>
void read(Value value, T& out) {
  if (value.is_null()) return;
  if constexpr (detail::OwnReader<T>) {
    read_json(value, out);
  } else if constexpr (HasFields<T>) {
    detail::read_object(value, out);
  } else if constexpr (std::is_same_v<T, bool>) {
    out = value.as_bool();
  } else if constexpr (std::is_enum_v<T>) {
    auto number = static_cast<std::underlying_type_t<T>>(out);
    json::read(value, number);
    out = static_cast<T>(number);
  } else if constexpr (std::signed_integral<T>) {
    out = static_cast<T>(value.as_int(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
  } else if constexpr (std::unsigned_integral<T>) {
    out = static_cast<T>(value.as_uint(std::numeric_limits<T>::max()));
  } else if constexpr (std::floating_point<T>) {
    if constexpr (std::is_same_v<T, float>) {
      out = value.as_float();
    } else {
      out = value.as_double();
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    out = value.as_string();
  } else if constexpr (std::is_same_v<T, Raw>) {
    out.text = value.text();
  } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
    out = std::chrono::nanoseconds(
        value.as_int(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()));
  } else if constexpr (detail::is_optional<T>) {
    json::read(value, out ? *out : out.emplace());
  } else if constexpr (detail::is_vector<T>) {
    detail::read_list(value, out);
  } else if constexpr (detail::is_array<T>) {
    detail::read_array(value, out);
  } else if constexpr (detail::is_map<T>) {
    detail::read_map(value, out);
  } else {
    static_assert(!sizeof(T), "this type needs read_json(json::Value, T&) beside it");
  }
}

template <class T>
void write(Writer& out, const T& value) {
  if constexpr (detail::OwnWriter<T>) {
    write_json(out, value);
  } else if constexpr (HasFields<T>) {
    out.begin_object();
    detail::FieldWriter<T> writer{out, value};
    T::fields(writer);
    out.end_object();
  } else if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_enum_v<T>) {
    json::write(out, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::signed_integral<T>) {
    out.integer(value);
  } else if constexpr (std::unsigned_integral<T>) {
    out.unsigned_integer(value);
  } else if constexpr (std::floating_point<T>) {
    out.number(value);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    out.string(value);
  } else if constexpr (std::is_same_v<T, Raw>) {
    out.raw(value.text.empty() ? "null" : value.text);
  } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
    out.integer(value.count());
  } else if constexpr (detail::is_optional<T>) {
    if (value) {
      json::write(out, *value);
    } else {
      out.null();
    }
  } else if constexpr (detail::is_vector<T> || detail::is_array<T>) {
    if (detail::is_omitted(value)) {
      out.null();  // as Go writes a nil list
      return;
    }
    out.begin_array();
    for (const auto& item : value) json::write(out, item);
    out.end_array();
  } else if constexpr (detail::is_map<T>) {
    if (value.empty()) {
      out.null();
      return;
    }
    out.begin_object();
    for (const auto& [name, item] : value) {
      out.key(name);
      json::write(out, item);
    }
    out.end_object();
  } else {
    static_assert(!sizeof(T), "this type needs write_json(json::Writer&, const T&) beside it");
  }
}

}  // namespace agent::json
