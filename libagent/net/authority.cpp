#include "net/authority.hpp"

#include <asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/ascii_case.hpp"

namespace agent::net {
namespace {

// Longer names do not exist (RFC 1035, 2.3.4).
constexpr std::size_t kMaxHost = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter_or_digit(char c) { return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z'); }
bool is_name_character(char c) { return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_'; }
bool is_scheme_character(char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; }

bool is_made_of(std::string_view text, bool (*is_allowed)(char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

// "" and ":" name no port.
std::optional<std::uint16_t> parse_port(std::string_view text) {
  if (text.empty() || text == ":") return 0;
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (text.front() != ':' || !is_digit(text[1])) return std::nullopt;
  const auto [rest, error] = std::from_chars(text.data() + 1, end, port);
  if (error != std::errc() || rest != end || port == 0) return std::nullopt;
  return port;
}

bool is_ip(std::string_view text, bool is_ipv6) {
  asio::error_code error;
  const std::string copy(text);
  if (is_ipv6) {
    asio::ip::make_address_v6(copy, error);
  } else {
    asio::ip::make_address_v4(copy, error);
  }
  return !error;
}

// What stands in brackets must be an address, whose zone means something on its own machine only.
bool take_ipv6(std::string_view& text, Authority& out) {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos) return false;
  out.is_ipv6 = true;
  out.host = text.substr(1, end - 1);
  out.host = out.host.substr(0, out.host.find('%'));
  text.remove_prefix(end + 1);
  return is_ip(out.host, true);
}

bool take_name(std::string_view& text, Authority& out) {
  out.host = text.substr(0, text.find(':'));
  text.remove_prefix(out.host.size());
  if (out.host.ends_with('.')) out.host.remove_suffix(1);
  return out.host.size() <= kMaxHost && is_made_of(out.host, is_name_character);
}

}  // namespace

std::optional<Authority> parse_authority(std::string_view text) {
  Authority out;
  const bool found = text.starts_with('[') ? take_ipv6(text, out) : take_name(text, out);
  if (!found) return std::nullopt;
  const auto port = parse_port(text);
  if (!port) return std::nullopt;
  out.port = *port;
  return out;
}

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view scheme = text.substr(0, colon);
  const auto authority = parse_authority(text.substr(colon + 3));
  if (!authority || !is_made_of(scheme, is_scheme_character)) return std::nullopt;
  return Origin{scheme, *authority};
}

std::uint16_t default_port(std::string_view scheme) {
  if (equals_ignoring_case(scheme, "http") || equals_ignoring_case(scheme, "ws")) return 80;
  if (equals_ignoring_case(scheme, "https") || equals_ignoring_case(scheme, "wss")) return 443;
  return 0;
}

bool same_authority(const Authority& a, const Authority& b, std::string_view scheme) {
  const auto port_of = [&](const Authority& authority) {
    return authority.port != 0 ? authority.port : default_port(scheme);
  };
  return a.is_ipv6 == b.is_ipv6 && same_host(a.host, b.host) && port_of(a) == port_of(b);
}

bool same_origin(const Origin& a, const Origin& b) {
  return equals_ignoring_case(a.scheme, b.scheme) && same_authority(a.authority, b.authority, a.scheme);
}

bool same_host(std::string_view a, std::string_view b) { return equals_ignoring_case(a, b); }

bool is_ip_address(const Authority& authority) { return authority.is_ipv6 || is_ip(authority.host, false); }

}  // namespace agent::net
