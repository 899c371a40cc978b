// IP addresses as texts, and the bytes that they stand for. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>

namespace agent {

struct IpBytes {
  std::array<unsigned char, 16> bytes{};  // in network order
  int bits = 0;                           // 32 or 128
};

// nullopt for anything else: no name, no zone (`%eth0`), no brackets, no leading zeros.
std::optional<IpBytes> parse_ip(const std::string& text);

}  // namespace agent
