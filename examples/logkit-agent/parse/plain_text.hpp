// Bytes that a JSON string has as they are, eight at once. Pure.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace logkit {

// Bytes at the front that are no control characters, quotes or backslashes.
inline std::size_t plain_size(const char* text, std::size_t size) {
  constexpr auto repeated = [](unsigned char byte) { return 0x0101010101010101U * byte; };
  // The highest bit of each byte that is zero; behind the first one bits may be wrong.
  constexpr auto zeros = [](std::uint64_t word) {
    return (word - 0x0101010101010101U) & ~word & 0x8080808080808080U;
  };
  std::size_t at = 0;
  if constexpr (std::endian::native == std::endian::little) {
    for (; at + 8 <= size; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, text + at, 8);
      const std::uint64_t controls = (word - repeated(0x20)) & ~word & repeated(0x80);
      const std::uint64_t found = controls | zeros(word ^ repeated('"')) | zeros(word ^ repeated('\\'));
      if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
  }
  while (at < size && static_cast<unsigned char>(text[at]) >= 0x20 && text[at] != '"' && text[at] != '\\')
    ++at;
  return at;
}

}  // namespace logkit
