// The characters and lists of HTTP (RFC 9110, 5.6).
#pragma once

#include <string_view>

#include "base/ascii_case.hpp"

namespace agent::net {

// A character of names, and of most values that mean something ("tchar").
bool is_token_char(char c);
// A blank or a tab.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
// What a header's value is made of: visible characters, blanks, tabs, bytes beyond ASCII.
constexpr bool is_value_char(char c) {
  return is_blank(c) || (static_cast<unsigned char>(c) > ' ' && c != 0x7F);
}

// Without the blanks around it.
std::string_view trim_blanks(std::string_view text);
// One of the comma-separated entries of `list` is `token`, ignoring case.
bool list_has(std::string_view list, std::string_view token);

}  // namespace agent::net
