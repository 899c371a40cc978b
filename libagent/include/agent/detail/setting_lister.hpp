// How agent/manifest.hpp walks a settings struct; included by it.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/detail/setting_value.hpp"
#include "agent/fields.hpp"
#include "agent/json.hpp"
#include "agent/manifest.hpp"
#include "agent/units.hpp"

namespace agent {
namespace detail {

std::string exact_bytes(Bytes bytes);  // "10M", "16Mi", "1234": reads back equal

template <class T>
inline constexpr bool is_text_list = std::is_same_v<T, std::vector<std::string>>;

// The manifest's name of what a text is.
std::string_view text_type(const FieldRules& rules);

// The manifest's name of a C++ type. A list of addresses is an naddr that there may be several of, since that
// is what originals know of their server; every other list is a csv.
template <class T>
std::string_view setting_type(const FieldRules& rules) {
  if constexpr (std::is_same_v<T, bool>)
    return "bool";
  else if constexpr (std::signed_integral<T>)
    return "int";
  else if constexpr (std::unsigned_integral<T>)
    return "uint";
  else if constexpr (std::floating_point<T>)
    return "float";
  else if constexpr (std::is_same_v<T, Bytes>)
    return "bytes";
  else if constexpr (IsDuration<T>::value)
    return "duration";
  else if constexpr (is_text_list<T>)
    return rules.kind == ValueKind::address ? "naddr" : "csv";
  else
    return text_type(rules);
}

// What an integer can hold, where that is less than any.
template <class T>
void add_limits(SettingInfo& info) {
  if constexpr (std::integral<T> && !std::is_same_v<T, bool> && sizeof(T) < sizeof(std::int64_t)) {
    if (info.max.empty()) info.max = std::to_string(std::numeric_limits<T>::max());
    if (info.min.empty() && std::signed_integral<T>) info.min = std::to_string(std::numeric_limits<T>::min());
  }
}

// The default as a file would give it; empty where there is none.
template <class T>
std::vector<std::string> setting_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return {value ? "true" : "false"};
  } else if constexpr (std::integral<T> || std::floating_point<T>) {
    return {json::encode(value)};
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return {exact_bytes(value)};
  } else if constexpr (IsDuration<T>::value) {
    return {format_duration(std::chrono::duration_cast<std::chrono::nanoseconds>(value))};
  } else if constexpr (is_text_list<T>) {
    return value;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value.empty() ? std::vector<std::string>() : std::vector<std::string>{value};
  } else {
    return {};  // structured values have no form in a manifest
  }
}

// What the rules say; `prefix` is that of the keys of the same list.
SettingInfo describe_rules(std::string key, std::string_view prefix, std::string_view doc,
                           const FieldRules& rules);

// Given to T::fields(): adds one SettingInfo per field, those of nested structs behind "<key>." and in its
// category, if they have none of their own.
template <class T>
struct SettingLister {
  const T& defaults;
  std::string prefix;
  std::string_view category;
  std::vector<SettingInfo>& out;

  template <class C, class M>
  void operator()(std::string_view key, M C::*member, std::string_view doc = {},
                  const FieldRules& rules = {}) {
    const M& value = defaults.*member;
    if constexpr (HasFields<M>) {
      const std::string_view inherited = rules.category.empty() ? category : rules.category;
      SettingLister<M> inner{value, prefix + std::string(key) + ".", inherited, out};
      M::fields(inner);
    } else if constexpr (json::detail::is_optional<M>) {
      using Inner = typename M::value_type;
      add<Inner>(key, value ? setting_value(*value) : std::vector<std::string>(), doc, rules);
    } else {
      add<M>(key, setting_value(value), doc, rules);
    }
  }

  template <class M>
  void add(std::string_view key, std::vector<std::string> value, std::string_view doc,
           const FieldRules& rules) {
    SettingInfo info = describe_rules(prefix + std::string(key), prefix, doc, rules);
    info.type = setting_type<M>(rules);
    info.value = std::move(value);
    if (info.category.empty()) info.category = category;
    if (is_text_list<M> && rules.kind == ValueKind::address) info.multiple = true;
    if (is_text_list<M> && rules.absolute && info.pattern.empty()) info.pattern = "^/";
    add_limits<M>(info);
    out.push_back(std::move(info));
  }
};

}  // namespace detail
}  // namespace agent
