#include "text_scan.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace host {
namespace {

constexpr std::string_view kBlanks = " \t";

bool is_octal(char digit) { return digit >= '0' && digit <= '7'; }

bool is_escape(std::string_view text) {
  return text.size() >= 4 && text[0] == '\\' && text[1] <= '3' && is_octal(text[1]) && is_octal(text[2]) &&
         is_octal(text[3]);
}

}  // namespace

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(kBlanks));
  line.remove_prefix(word.size());
  return word;
}

std::optional<std::uint64_t> number_in(std::string_view word) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number);
  if (parsed.ptr != word.data() + word.size() || parsed.ec == std::errc::invalid_argument)
    return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return number;
}

std::uint64_t count_in(std::string_view word) { return number_in(word).value_or(0); }

std::string_view stripped(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n";
  const std::size_t begin = std::min(text.find_first_not_of(kAround), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(kAround) + 1);
}

std::string without_escapes(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const bool escape = is_escape(text);
    plain.push_back(escape ? static_cast<char>((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'))
                           : text.front());
    text.remove_prefix(escape ? 4 : 1);
  }
  return plain;
}

}  // namespace host
