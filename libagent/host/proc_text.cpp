#include "host/proc_text.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/ascii_case.hpp"
#include "base/trim.hpp"

namespace agent::host {
namespace {

std::string_view take_line(std::string_view& text) {
  std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view unquote(std::string_view value) {
  bool quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::string read_text(const std::filesystem::path& path, std::size_t limit) {
  // Files in /proc say that they are empty, so the size is no guide.
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char block[4096];
  while (text.size() < limit && file.good()) {
    file.read(block, static_cast<std::streamsize>(std::min(sizeof block, limit - text.size())));
    text.append(block, static_cast<std::size_t>(file.gcount()));
  }
  return text;
}

std::string_view first_line(std::string_view text) { return trim(take_line(text)); }

void for_each_field(std::string_view text, char separator, const UseField& use) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    std::size_t at = line.find(separator);
    if (at != std::string_view::npos) use(trim(line.substr(0, at)), trim(line.substr(at + 1)));
  }
}

std::string_view field_of(std::string_view text, std::string_view key, char separator) {
  while (!text.empty()) {
    std::string_view line = take_line(text);
    std::size_t at = line.find(separator);
    if (at == std::string_view::npos || trim(line.substr(0, at)) != key) continue;
    return unquote(trim(line.substr(at + 1)));
  }
  return {};
}

std::uint64_t leading_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace agent::host
