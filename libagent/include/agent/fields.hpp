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

#include <cstddef>
#include <string_view>

namespace agent {

// What the text of a setting means, where its C++ type is only text.
enum class ValueKind {
  plain,    // nothing more
  address,  // of a server: "host:port", "ws://host:port", "wss://host:port"; port 1 to 65535
  path,     // of a file or a directory
  uuid,     // "6f1c8a34-52ab-4a4e-9a0c-0d5c2f7c9b11"
};

// The setting on which another one depends: a key of the same field list, or "<group>.<key>" of a struct in
// it, whose type is bool or std::vector<std::string>.
struct FieldNeeds {
  std::string_view key{};       // "" = depends on none
  std::string_view contains{};  // the list must have this item
  bool equals = true;           // without `contains`: what the bool must be
};

// What a field allows beyond its type. Bounds are written in the value's own syntax ("100ms", "1M"). All
// rules of a setting are checked when a file is read, and all are in the manifest, out of this one list.
struct FieldRules {
  bool omit = false;          // JSON: left out when false, 0, "" or an empty list, map or optional
  bool required = false;      // configuration: must be present and not empty
  bool secret = false;        // configuration: never printed or logged
  bool lenient = false;       // JSON: a value that cannot be read leaves the field empty, not the text unread
  std::string_view min{};     // configuration: smallest accepted value
  std::string_view max{};     // configuration: largest accepted value
  std::string_view one_of{};  // configuration: accepted values (of each list item), separated by commas

  // The rest is for configurations. `kind` and `pattern` hold for each item of a list.
  ValueKind kind = ValueKind::plain;
  bool absolute = false;        // a path must be absolute, if it is not empty
  bool variables = false;       // "$NAME" stands for a value that is known later: `kind` does not look at it
  std::size_t max_length = 0;   // characters of the text as the file has it; 0 = any number
  std::string_view pattern{};   // must be found in the text; POSIX extended syntax, without classes [[:x:]]
  std::string_view mismatch{};  // what is said of a text without it; default: "does not match <pattern>"
  std::string_view category{};  // heading in forms: a word, the same for all settings of a kind
  FieldNeeds needs{};           // without that the setting has no effect; given then, it is a note
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
