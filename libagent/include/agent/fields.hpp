// Fields: the one list that reads, writes and documents a struct.
//
//   struct Foo {
//     std::string name;
//     static void fields(auto& field) { field("name", &Foo::name, "whom to greet"); }
//   };
//
// Messages (agent/json.hpp), configuration (agent/config.hpp) and the manifest (agent/manifest.hpp) all walk
// this list: a visitor is called with the key, the member, a sentence of documentation and the rules of each
// field, in their order. Documentation and rules may be left out.
#pragma once

#include <string_view>

namespace agent {

// What a field allows beyond its type. Bounds are written in the value's own syntax ("100ms", "1M").
struct FieldRules {
  bool omit = false;          // JSON: left out when false, 0, "" or an empty list, map or optional
  bool required = false;      // configuration: must be present and not empty
  bool secret = false;        // configuration: never printed or logged
  bool lenient = false;       // JSON: a value that cannot be read leaves the field empty, not the text unread
  std::string_view min{};     // configuration: smallest accepted value
  std::string_view max{};     // configuration: largest accepted value
  std::string_view one_of{};  // configuration: accepted values (of each list item), separated by commas
};

// The rules that are given most often. `lenient` is for what nobody depends on, beside what somebody does.
inline constexpr FieldRules omit_empty{.omit = true};
inline constexpr FieldRules lenient{.omit = true, .lenient = true};
inline constexpr FieldRules required{.required = true};

namespace detail {
struct AnyField {
  template <class C, class M>
  void operator()(std::string_view, M C::*, std::string_view = {}, const FieldRules& = {}) const {}
};
}  // namespace detail

// A struct that lists its fields.
template <class T>
concept HasFields = requires(detail::AnyField& field) {
  T::fields(field);
};

}  // namespace agent
