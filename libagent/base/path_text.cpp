#include "agent/path_text.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "base/utf8.hpp"

namespace agent {
namespace {

constexpr std::size_t kEscape = 3;  // "%E9"

void append_escape(std::string& out, char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto number = static_cast<unsigned char>(byte);
  out += '%';
  out += kHex[number >> 4];
  out += kHex[number & 15];
}

// The byte of the escape that `text` begins with, -1 when it is none of ours.
int escaped_byte(std::string_view text) {
  unsigned number = 0;
  if (text.size() < kEscape || text[0] != '%') return -1;
  const char* end = text.data() + kEscape;
  const auto [rest, error] = std::from_chars(text.data() + 1, end, number, 16);
  if (error != std::errc() || rest != end) return -1;
  return number >= 0x80 || number == '%' ? static_cast<int>(number) : -1;
}

bool exists(const std::string& path) {
  std::error_code failed;
  return std::filesystem::symlink_status(path, failed).type() != std::filesystem::file_type::not_found &&
         !failed;
}

}  // namespace

std::string path_text(std::string_view path) {
  if (is_utf8(path)) return std::string(path);
  std::string text;
  while (!path.empty()) {
    const std::size_t size = path[0] == '%' ? 0 : utf8_sequence_size(path);
    if (size == 0) append_escape(text, path[0]);
    text += path.substr(0, size);
    path.remove_prefix(size == 0 ? 1 : size);
  }
  return text;
}

std::string path_bytes(std::string_view text) {
  std::string path;
  while (!text.empty()) {
    const int byte = escaped_byte(text);
    path += byte < 0 ? text[0] : static_cast<char>(byte);
    text.remove_prefix(byte < 0 ? 1 : kEscape);
  }
  return path;
}

std::string find_shown_path(std::string_view text) {
  if (text.find('\0') != std::string_view::npos || path_bytes(text) == text) return std::string(text);
  std::string path;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('/'), text.size());
    const std::string_view name = text.substr(0, end);
    const std::string bytes = path_bytes(name);
    const std::string literal = path + std::string(name);
    const bool is_shown = bytes != name && !exists(literal) && exists(path + bytes);
    path = is_shown ? path + bytes : literal;
    if (end < text.size()) path += '/';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return path;
}

}  // namespace agent
