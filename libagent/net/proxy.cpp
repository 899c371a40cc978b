#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "net/dial.hpp"

namespace agent::net {
namespace {

struct IpBytes {
  unsigned char bytes[16] = {};
  int bits = 0;  // 32, 128, or 0 when the text is no address
};

IpBytes parse_ip(const std::string& text) {
  IpBytes ip;
  if (inet_pton(AF_INET, text.c_str(), ip.bytes) == 1)
    ip.bits = 32;
  else if (inet_pton(AF_INET6, text.c_str(), ip.bytes) == 1)
    ip.bits = 128;
  return ip;
}

bool same_prefix(const IpBytes& a, const IpBytes& b, int length) {
  for (int bit = 0; bit < length; ++bit) {
    int mask = 0x80 >> (bit % 8);
    if ((a.bytes[bit / 8] & mask) != (b.bytes[bit / 8] & mask)) return false;
  }
  return true;
}

bool in_block(const std::string& host, const std::string& block) {
  std::size_t slash = block.find('/');
  IpBytes address = parse_ip(host);
  IpBytes network = parse_ip(block.substr(0, slash));
  if (address.bits == 0 || address.bits != network.bits) return false;
  int length = network.bits;
  if (slash != std::string::npos) {
    const char* end = block.data() + block.size();
    if (std::from_chars(block.data() + slash + 1, end, length).ptr != end) return false;
  }
  return length >= 0 && length <= network.bits && same_prefix(address, network, length);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

bool matches(const std::string& host, std::string rule) {
  if (rule == "*") return true;
  if (in_block(host, rule)) return true;
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

bool is_excepted(const std::string& host) {
  std::string rules = variable("no_proxy", "NO_PROXY");
  std::size_t start = 0;
  while (start <= rules.size()) {
    std::size_t end = std::min(rules.find(',', start), rules.size());
    std::string rule = rules.substr(start, end - start);
    std::erase(rule, ' ');
    if (matches(host, lower(rule))) return true;
    start = end + 1;
  }
  return false;
}

}  // namespace

std::string proxy_for(const Address& address) {
  std::string proxy = variable("https_proxy", "HTTPS_PROXY");
  if (proxy.empty() || is_excepted(lower(address.host))) return {};
  return proxy;
}

}  // namespace agent::net
