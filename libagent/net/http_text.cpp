#include "net/http_text.hpp"

#include <algorithm>

#include "base/ascii_case.hpp"

namespace agent::net {

namespace {

constexpr auto kTokenChars = char_table("!#$%&'*+-.^_`|~0123456789");

}  // namespace

bool is_token_char(char c) { return kTokenChars[static_cast<unsigned char>(c)]; }

bool is_token(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return is_token_char(c); });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool list_has(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (equals_ignoring_case(trim_blanks(list.substr(0, end)), token)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace agent::net
