#include "base/ip_bytes.hpp"

#include <arpa/inet.h>

namespace agent {

std::optional<IpBytes> parse_ip(const std::string& text) {
  if (text.find('\0') != std::string::npos) return std::nullopt;
  IpBytes ip;
  if (::inet_pton(AF_INET, text.c_str(), ip.bytes.data()) == 1)
    ip.bits = 32;
  else if (::inet_pton(AF_INET6, text.c_str(), ip.bytes.data()) == 1)
    ip.bits = 128;
  return ip.bits == 0 ? std::nullopt : std::optional(ip);
}

}  // namespace agent
