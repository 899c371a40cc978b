// The members of a JSON object as views into its text. Pure.
//
// Values are not made into anything: a number keeps its digits, a nested object its text. Line ends in nested
// values become blanks.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "record.hpp"

namespace logkit {

// Deepest nesting that is taken.
inline constexpr int kMaxJsonDepth = 64;

// The text behind the JSON value that `text` begins with, blanks before it aside; nullptr when it begins with
// none, or with one that is nested too deeply.
const char* skip_json(const char* at, const char* end, int depth = kMaxJsonDepth);

// Appends the members of the object that `text` is, with nothing but blanks around it, to `record`. Names and
// strings with escapes are put into its arena. The last value of a repeated name counts, in
// the place of the first. False: it is no such object, and some fields may have been added.
bool add_json_members(std::string_view text, Record& record);

// The text of a JSON string, without its quotes; half surrogate pairs are U+FFFD. `inner` has passed
// skip_json().
std::string_view unescape_json(std::string_view inner, Arena& arena);

}  // namespace logkit
