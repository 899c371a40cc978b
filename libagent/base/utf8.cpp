#include "base/utf8.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace agent {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) {
  return index < text.size() ? static_cast<unsigned char>(text[index]) : 0;
}

bool is_continuation(unsigned byte) { return (byte & 0xC0) == 0x80; }

constexpr std::size_t kBlock = 32;

bool is_plain(char c) { return static_cast<signed char>(c) >= 0x20; }

// Eight bytes at a time and without a branch in the loop, so that the compiler makes vector code of it.
bool is_plain_block(const char* bytes) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  constexpr std::uint64_t kSpaces = 0x2020202020202020;
  std::array<std::uint64_t, kBlock / sizeof(std::uint64_t)> words;
  std::memcpy(words.data(), bytes, kBlock);
  std::uint64_t found = 0;
  for (std::uint64_t word : words) found |= word | (word - kSpaces);
  return (found & kHighBits) == 0;
}

}  // namespace

std::size_t utf8_sequence_size(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  const unsigned second = byte_at(text, 1);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4 || !is_continuation(second)) return 0;
  if (first < 0xE0) return 2;
  if (first == 0xE0 && second < 0xA0) return 0;  // overlong
  if (first == 0xED && second > 0x9F) return 0;  // surrogates
  if (first == 0xF0 && second < 0x90) return 0;  // overlong
  if (first == 0xF4 && second > 0x8F) return 0;  // beyond U+10FFFF
  if (!is_continuation(byte_at(text, 2))) return 0;
  if (first < 0xF0) return 3;
  return is_continuation(byte_at(text, 3)) ? 4 : 0;
}

std::size_t plain_prefix_size(std::string_view text) {
  std::size_t at = 0;
  while (at + kBlock <= text.size() && is_plain_block(text.data() + at)) at += kBlock;
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(plain_prefix_size(text));
    if (text.empty()) break;
    const std::size_t size = utf8_sequence_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string repair_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size = utf8_sequence_size(text);
    out += size == 0 ? kReplacementCharacter : text.substr(0, size);
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

}  // namespace agent
