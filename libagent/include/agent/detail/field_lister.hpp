// How agent/field_table.hpp names each type and walks what it contains; included by it.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/field_table.hpp"
#include "agent/json_value.hpp"

namespace agent {
namespace detail {

// A type with its own JSON form names it by `std::string_view json_type(const T*)` beside it.
template <class T>
concept NamesItsJson = requires(const T* none) {
  { json_type(none) } -> std::convertible_to<std::string_view>;
};

// g++ 12 warns of `"[" + text + "]"` (-Wrestrict, a false alarm).
inline std::string bracketed(char open, std::string_view text, char close) {
  std::string out(1, open);
  out += text;
  out += close;
  return out;
}

template <class T>
struct JsonType {
  static std::string name() {
    if constexpr (NamesItsJson<T>) {
      return std::string(json_type(static_cast<const T*>(nullptr)));
    } else if constexpr (HasFields<T>) {
      return "object";
    } else if constexpr (std::is_same_v<T, bool>) {
      return "bool";
    } else if constexpr (std::is_enum_v<T>) {
      return JsonType<std::underlying_type_t<T>>::name();
    } else if constexpr (std::is_integral_v<T>) {
      return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
    } else if constexpr (std::is_floating_point_v<T>) {
      return sizeof(T) == sizeof(float) ? "float" : "double";
    } else if constexpr (std::is_same_v<T, std::string>) {
      return "string";
    } else if constexpr (std::is_same_v<T, json::Raw>) {
      return "any";
    } else if constexpr (std::is_same_v<T, std::chrono::nanoseconds>) {
      return "int64 nanoseconds";
    } else {
      static_assert(!sizeof(T), "this type needs json_type(const T*) beside it");
    }
  }
};

// What holds elements: the suffix stands in the keys of an element's own fields.
template <class T>
struct JsonType<std::optional<T>> {
  using Element = T;
  static constexpr std::string_view suffix = "";
  static std::string name() { return JsonType<T>::name(); }
};

template <class T>
struct JsonType<std::vector<T>> {
  using Element = T;
  static constexpr std::string_view suffix = "[]";
  static std::string name() { return bracketed('[', JsonType<T>::name(), ']'); }
};

template <class T, std::size_t N>
struct JsonType<std::array<T, N>> {
  using Element = T;
  static constexpr std::string_view suffix = "[]";
  static std::string name() { return bracketed('[', JsonType<T>::name() + " x " + std::to_string(N), ']'); }
};

template <class T>
struct JsonType<std::map<std::string, T>> {
  using Element = T;
  static constexpr std::string_view suffix = "{}";
  static std::string name() { return bracketed('{', JsonType<T>::name(), '}'); }
};

struct FieldLister {
  std::vector<FieldRow>& rows;
  std::string prefix;

  template <class C, class M>
  void operator()(std::string_view key, M C::*, std::string_view doc = {}, const FieldRules& rules = {}) {
    std::string path = prefix + std::string(key);
    rows.push_back({path, JsonType<M>::name(), rules.omit, std::string(doc)});
    list_inside<M>(std::move(path));
  }

  template <class M>
  void list_inside(std::string path) {
    if constexpr (requires { typename JsonType<M>::Element; }) {
      path += JsonType<M>::suffix;
      list_inside<typename JsonType<M>::Element>(std::move(path));
    } else if constexpr (HasFields<M>) {
      FieldLister inside{rows, path + "."};
      M::fields(inside);
    }
  }
};

template <class T>
void list_fields(std::vector<FieldRow>& rows) {
  FieldLister lister{rows, {}};
  T::fields(lister);
}

}  // namespace detail

}  // namespace agent
