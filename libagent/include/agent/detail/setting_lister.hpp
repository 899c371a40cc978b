// How agent/manifest.hpp walks a settings struct; included by it.
#pragma once

#include <chrono>
#include <concepts>
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

// The manifest's name of a C++ type. Paths are strings here; who knows better changes the SettingInfo.
template <class T>
constexpr std::string_view setting_type(const FieldRules& rules) {
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
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return "csv";
  else
    return rules.one_of.empty() ? "string" : "enum";
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
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return value;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value.empty() ? std::vector<std::string>() : std::vector<std::string>{value};
  } else {
    return {};  // structured values have no form in a manifest
  }
}

// Given to T::fields(): adds one SettingInfo per field, those of nested structs behind "<key>.".
template <class T>
struct SettingLister {
  const T& defaults;
  std::string prefix;
  std::vector<SettingInfo>& out;

  template <class C, class M>
  void operator()(std::string_view key, M C::*member, std::string_view doc = {},
                  const FieldRules& rules = {}) {
    const M& value = defaults.*member;
    std::string name = prefix + std::string(key);
    if constexpr (HasFields<M>) {
      SettingLister<M> inner{value, name + ".", out};
      M::fields(inner);
    } else if constexpr (json::detail::is_optional<M>) {
      using Inner = typename M::value_type;
      add<Inner>(std::move(name), value ? setting_value(*value) : std::vector<std::string>(), doc, rules);
    } else {
      add<M>(std::move(name), setting_value(value), doc, rules);
    }
  }

  template <class M>
  void add(std::string name, std::vector<std::string> value, std::string_view doc, const FieldRules& rules) {
    SettingInfo info;
    info.key = std::move(name);
    info.type = setting_type<M>(rules);
    info.doc = doc;
    info.value = std::move(value);
    info.accepted = split_list(rules.one_of);
    info.min = rules.min;
    info.max = rules.max;
    info.required = rules.required;
    out.push_back(std::move(info));
  }
};

}  // namespace detail
}  // namespace agent
