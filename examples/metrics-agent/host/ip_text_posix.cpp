#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>

#include "ip_text.hpp"

namespace host {
namespace {

std::string text_of(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const char* written = ::inet_ntop(family, address, text.data(), text.size());
  return written == nullptr ? std::string() : written;
}

bool parse_hex(std::string_view word, auto& number) {
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number, 16);
  return parsed.ec == std::errc() && parsed.ptr == word.data() + word.size();
}

}  // namespace

std::string ipv4_from_hex(std::string_view word) {
  std::uint32_t number = 0;
  if (word.size() != 8 || !parse_hex(word, number)) return {};
  return text_of(AF_INET, &number);
}

std::string ipv6_from_hex(std::string_view word) {
  std::array<std::uint8_t, 16> bytes{};
  if (word.size() != 2 * bytes.size()) return {};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!parse_hex(word.substr(2 * i, 2), bytes[i])) return {};
  return text_of(AF_INET6, bytes.data());
}

std::uint32_t ipv4_number(std::string_view text) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return 0;
  return ntohl(address.s_addr);
}

}  // namespace host
