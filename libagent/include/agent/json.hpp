// JSON: structs are read and written by their field list (agent/fields.hpp).
//
//   struct Host {
//     std::string name;
//     std::vector<std::string> addresses;
//     static void fields(auto& field) {
//       field("name", &Host::name);
//       field("addresses", &Host::addresses, "", agent::omit_empty);
//     }
//   };
//   const Host host = agent::json::decode<Host>(R"({"name": "a"})");
//   const std::string text = agent::json::encode(host);  // {"name":"a"}
//
// C++ type                       JSON
// bool, std::string              true or false, a string
// integers, enums                a number without a fraction that fits the type
// double, float                  a number; NaN and infinities are written as 0
// std::chrono::nanoseconds       an integer, nanoseconds
// std::optional<T>               T, or null
// std::vector<T>                 an array; an empty one is written as null, as Go writes a nil list
// std::array<integer, N>         an array: missing elements are 0, surplus ones are ignored
// std::map<std::string, T>       an object; an empty one is written as null
// a struct with fields()         an object
// json::Raw                      anything, kept as text
//
// The rules of reading are those of the Go peers: null leaves a field as it is; unknown keys are ignored;
// keys match exactly, or else without regard to ASCII case; of duplicate keys the last one counts, and
// objects merge.
//
// A type of your own takes part by `read_json(json::Value, T&)` and `write_json(json::Writer&, const T&)`
// beside it, and for omit_empty by `bool is_empty(const T&)`.
//
// All functions are pure and can be called on any thread.
#pragma once

#include <string>
#include <utility>

#include "agent/json_value.hpp"

namespace agent::json {

// Reads `value` into `out`, which keeps what the text does not name. Throws Errc::bad_message with the path
// of the field and what was expected: "files: [2]: size: expected an integer from 0 to 255, found 1.5". `out`
// may be half read then.
template <class T>
void read(Value value, T& out);

// Appends `value` to what is being written. Fields with the rule omit_empty are left out when they are empty.
template <class T>
void write(Writer& out, const T& value);

// A T from one whole text. Throws as Document::parse() and read() do.
template <class T>
T decode(std::string text) {
  Document document = Document::parse(std::move(text));
  T out{};
  json::read(document.root(), out);
  return out;
}

// One JSON text, without blanks and line ends.
template <class T>
std::string encode(const T& value) {
  Writer out;
  json::write(out, value);
  return out.take();
}

}  // namespace agent::json

#include "agent/detail/json_codec.hpp"
