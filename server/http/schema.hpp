// schema_of: the JSON schema of a struct out of its field list (agent/fields.hpp), for the API's document.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

#include "agent/json.hpp"

namespace server {

template <class T>
void write_schema(agent::json::Writer& out, std::string_view description = {});

namespace detail {

struct PropertyWriter {
  agent::json::Writer& out;
  template <class C, class M>
  void operator()(std::string_view key, M C::*, std::string_view description = {},
                  const agent::FieldRules& = {}) {
    out.key(key);
    write_schema<M>(out, description);
  }
};

// Lists and maps are null when they are empty, as Go writes them.
inline void write_nullable(agent::json::Writer& out, std::string_view type) {
  out.key("type").begin_array().string(type).string("null").end_array();
}

}  // namespace detail

template <class T>
void write_schema(agent::json::Writer& out, std::string_view description) {
  namespace json = agent::json::detail;
  if constexpr (json::is_optional<T>) {
    write_schema<typename T::value_type>(out, description);
  } else {
    out.begin_object();
    if constexpr (agent::HasFields<T>) {
      out.key("type").string("object").key("properties").begin_object();
      detail::PropertyWriter properties{out};
      T::fields(properties);
      out.end_object();
    } else if constexpr (json::is_vector<T>) {
      detail::write_nullable(out, "array");
      out.key("items");
      write_schema<typename T::value_type>(out);
    } else if constexpr (json::is_map<T>) {
      detail::write_nullable(out, "object");
      out.key("additionalProperties");
      write_schema<typename T::mapped_type>(out);
    } else if constexpr (std::is_same_v<T, bool>) {
      out.key("type").string("boolean");
    } else if constexpr (std::integral<T>) {
      out.key("type").string("integer");
      if constexpr (std::unsigned_integral<T>) out.key("minimum").integer(0);
    } else if constexpr (std::floating_point<T>) {
      out.key("type").string("number");
    } else if constexpr (std::is_same_v<T, std::string>) {
      out.key("type").string("string");
    }  // anything else: any value
    if (!description.empty()) out.key("description").string(description);
    out.end_object();
  }
}

template <class T>
std::string schema_of() {
  agent::json::Writer out;
  write_schema<T>(out);
  return out.take();
}

}  // namespace server
