#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "base/ascii_case.hpp"
#include "base/ip_bytes.hpp"
#include "base/percent.hpp"
#include "net/dial.hpp"

namespace agent::net {
namespace {

bool same_prefix(const IpBytes& a, const IpBytes& b, int length) {
  for (int bit = 0; bit < length; ++bit) {
    int mask = 0x80 >> (bit % 8);
    if ((a.bytes[bit / 8] & mask) != (b.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool in_block(const std::string& host, const std::string& block) {
  std::size_t slash = block.find('/');
  const std::optional<IpBytes> address = parse_ip(host);
  const std::optional<IpBytes> network = parse_ip(block.substr(0, slash));
  if (!address || !network || address->bits != network->bits) return false;
  int length = network->bits;
  if (slash != std::string::npos) {
    const char* end = block.data() + block.size();
    if (std::from_chars(block.data() + slash + 1, end, length).ptr != end) return false;
  }
  return length >= 0 && length <= network->bits && same_prefix(*address, *network, length);
}

bool is_port(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// Takes ":port" off the rule, and the brackets that an IPv6 address then has; false when the rule is for
// another port.
bool take_port(std::string& rule, const std::string& port) {
  const std::size_t bracket = rule.starts_with('[') ? rule.find(']') : std::string::npos;
  const std::size_t colon = rule.rfind(':');
  const bool is_behind = bracket != std::string::npos ? colon == bracket + 1 : colon == rule.find(':');
  bool fits = true;
  if (colon != std::string::npos && is_behind && is_port(std::string_view(rule).substr(colon + 1))) {
    fits = rule.substr(colon + 1) == port;
    rule.erase(colon);
  }
  if (rule.starts_with('[') && rule.ends_with(']')) rule = rule.substr(1, rule.size() - 2);
  return fits;
}

bool matches(const std::string& host, const std::string& port, std::string rule) {
  if (rule == "*") return true;
  if (in_block(host, rule)) return true;
  if (!take_port(rule, port)) return false;
  if (in_block(host, rule)) return true;
  if (rule.starts_with('*')) rule.erase(0, 1);
  if (rule.starts_with('.')) rule.erase(0, 1);
  if (rule.empty()) return false;
  if (host == rule) return true;
  return host.size() > rule.size() && host.ends_with(rule) && host[host.size() - rule.size() - 1] == '.';
}

std::string variable(const char* lower_name, const char* upper_name) {
  const char* value = std::getenv(lower_name);
  if (value == nullptr || *value == '\0') value = std::getenv(upper_name);
  return value == nullptr ? "" : value;
}

bool is_excepted(const std::string& host, const std::string& port) {
  const std::string rules = variable("no_proxy", "NO_PROXY");
  constexpr std::string_view kBetween = ", \t";
  for (std::size_t start = 0; start < rules.size();) {
    const std::size_t end = std::min(rules.find_first_of(kBetween, start), rules.size());
    if (end > start && matches(host, port, to_lower(rules.substr(start, end - start)))) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::string proxy_for(const Address& address) {
  std::string proxy = variable("https_proxy", "HTTPS_PROXY");
  if (proxy.empty()) proxy = variable("all_proxy", "ALL_PROXY");
  if (proxy.empty() || is_excepted(to_lower(address.host), address.port)) return {};
  return proxy;
}

Proxy parse_proxy(const std::string& text) {
  Proxy proxy;
  std::string rest = text;
  const std::size_t scheme = rest.find("://");
  if (scheme != std::string::npos) {
    const std::string name = to_lower(rest.substr(0, scheme));
    if (name != "http")
      throw Error(Errc::bad_config, "proxy: " + name + ":// is not supported, only http://");
    rest.erase(0, scheme + 3);
  }
  while (rest.ends_with('/')) rest.pop_back();
  if (const std::size_t at = rest.rfind('@'); at != std::string::npos) {
    proxy.credentials = percent_decode(rest.substr(0, at));
    rest.erase(0, at + 1);
  }
  try {
    proxy.address = parse_address(rest);
  } catch (const Error& error) {
    throw error.within("proxy");
  }
  return proxy;
}

}  // namespace agent::net
