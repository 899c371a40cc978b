#include "http/csv.hpp"

#include <algorithm>

namespace server {
namespace {

constexpr std::string_view kComma = "%2c%";

std::string decode_commas(std::string_view text) {
  std::string decoded;
  for (std::size_t at = text.find(kComma); at != std::string_view::npos; at = text.find(kComma)) {
    decoded.append(text.substr(0, at)).push_back(',');
    text.remove_prefix(at + kComma.size());
  }
  return decoded.append(text);
}

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// KEY=..., with a key as shells have them.
bool is_entry(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(equals), is_key_char);
}

std::vector<std::string> without_empty(std::vector<std::string> items) {
  std::erase(items, std::string());
  return items;
}

}  // namespace

std::vector<std::string> split_csv(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) items.push_back(decode_commas(text.substr(0, comma)));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

std::vector<std::string> read_list(const std::vector<std::string>& values) {
  std::vector<std::string> items;
  for (const std::string& value : values) {
    for (std::string& item : split_csv(value)) items.push_back(std::move(item));
  }
  return items;
}

std::vector<std::string> read_arguments(const std::vector<std::string>& values) {
  return values.size() == 1 ? split_csv(values.front()) : values;
}

std::vector<std::string> read_environment(const std::vector<std::string>& values) {
  if (values.size() != 1) return without_empty(values);
  std::vector<std::string> items = split_csv(values.front());
  if (std::all_of(items.begin(), items.end(), is_entry)) return items;
  return {decode_commas(values.front())};
}

}  // namespace server
