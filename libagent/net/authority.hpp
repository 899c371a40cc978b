// Authority, Origin: who is meant in a Host header and in an Origin header (RFC 9110, 7.2; RFC 6454, 7).
//
// Pure; what they point into must outlive them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace agent::net {

struct Authority {
  std::string_view host;   // as written, without the brackets and the zone of an IPv6 address, or a final dot
  bool is_ipv6 = false;    // it stood in brackets
  std::uint16_t port = 0;  // 0: none was named
};

// "host", "host:port", "[::1]:port". nullopt when it is none of them.
std::optional<Authority> parse_authority(std::string_view text);

struct Origin {
  std::string_view scheme;  // "http"
  Authority authority;
};

// "scheme://host" or "scheme://host:port", nothing behind it; "null" and "*" are none. nullopt then.
std::optional<Origin> parse_origin(std::string_view text);

// The port that is meant without one: 80 for http and ws, 443 for https and wss, else 0.
std::uint16_t default_port(std::string_view scheme);

// The same host, ignoring case, and the same port; one that is not named is the scheme's.
bool same_authority(const Authority& a, const Authority& b, std::string_view scheme);
// The same scheme besides.
bool same_origin(const Origin& a, const Origin& b);

bool same_host(std::string_view a, std::string_view b);
// An IPv4 or IPv6 address, which no DNS server can point elsewhere.
bool is_ip_address(const Authority& authority);

}  // namespace agent::net
