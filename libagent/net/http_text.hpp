// The characters and lists of HTTP (RFC 9110, 5.6).
#pragma once

#include <array>
#include <string_view>

#include "base/ascii_case.hpp"

namespace agent::net {

// Which characters are letters or among these.
constexpr std::array<bool, 256> char_table(std::string_view others) {
  std::array<bool, 256> found{};
  for (const char c : others) found[static_cast<unsigned char>(c)] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) found[c] = found[c - 'a' + 'A'] = true;
  return found;
}

// A character of names, and of most values that mean something ("tchar").
bool is_token_char(char c);
// Made of such characters, or empty.
bool is_token(std::string_view text);
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
