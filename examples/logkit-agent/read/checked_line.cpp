#include "checked_line.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace logkit {
namespace {

constexpr std::size_t kMaxLine = 64 * 1024;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? 0xEDB88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}

std::uint32_t crc32(std::string_view text) {
  static constexpr std::array<std::uint32_t, 256> kTable = make_table();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (char c : text) crc = kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

}  // namespace

std::string checked_line(std::string_view json) { return fmt::format("{:08x} {}\n", crc32(json), json); }

std::optional<std::string_view> read_checked_line(std::string_view line) {
  constexpr std::size_t kDigits = 8;
  if (line.size() < kDigits + 2 || line.size() > kMaxLine || line[kDigits] != ' ') return std::nullopt;
  std::uint32_t expected = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + kDigits, expected, 16);
  const std::string_view json = line.substr(kDigits + 1);
  if (error != std::errc() || end != line.data() + kDigits || crc32(json) != expected) return std::nullopt;
  return json;
}

}  // namespace logkit
