#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "agent/error.hpp"
#include "host/network.hpp"

namespace agent::host {
namespace {

using Interfaces = std::unique_ptr<ifaddrs, decltype(&freeifaddrs)>;

Interfaces list_interfaces() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) throw system_error("list network interfaces", errno);
  return Interfaces(first, &freeifaddrs);
}

// IPv4 addresses are held in their IPv6-mapped form, so that there is one way to compare.
in6_addr mapped(const in_addr& v4) {
  in6_addr out{};
  out.s6_addr[10] = out.s6_addr[11] = 0xff;
  std::memcpy(&out.s6_addr[12], &v4, sizeof v4);
  return out;
}

std::optional<in6_addr> parse_ip(std::string_view text) {
  std::string ip(text.substr(0, text.find('%')));
  in_addr v4{};
  if (inet_pton(AF_INET, ip.c_str(), &v4) == 1) return mapped(v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, ip.c_str(), &v6) == 1) return v6;
  return std::nullopt;
}

// Addresses arrive as a generic sockaddr; copying gives the compiler the real type.
template <class T>
T address_as(const sockaddr* address) {
  T out{};
  std::memcpy(&out, address, sizeof out);
  return out;
}

bool owns(const ifaddrs& entry, const in6_addr& ip) {
  if (entry.ifa_addr == nullptr) return false;
  in6_addr own{};
  if (entry.ifa_addr->sa_family == AF_INET) {
    own = mapped(address_as<sockaddr_in>(entry.ifa_addr).sin_addr);
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    own = address_as<sockaddr_in6>(entry.ifa_addr).sin6_addr;
  } else {
    return false;
  }
  return std::memcmp(&own, &ip, sizeof own) == 0;
}

// An additional IPv4 address is listed under its label, such as "eth0:1".
std::string_view interface_name(const ifaddrs& entry) {
  std::string_view name = entry.ifa_name;
  return name.substr(0, name.find(':'));
}

std::string hardware_address(const ifaddrs& entry) {
  auto link = address_as<sockaddr_ll>(entry.ifa_addr);
  std::size_t length = std::min<std::size_t>(link.sll_halen, sizeof link.sll_addr);
  return format_mac({link.sll_addr, length});
}

}  // namespace

std::string mac_of(std::string_view ip) {
  std::optional<in6_addr> wanted = parse_ip(ip);
  if (!wanted) return {};
  Interfaces interfaces = list_interfaces();
  const ifaddrs* owner = interfaces.get();
  while (owner != nullptr && !owns(*owner, *wanted)) owner = owner->ifa_next;
  if (owner == nullptr) return {};
  for (const ifaddrs* entry = interfaces.get(); entry != nullptr; entry = entry->ifa_next) {
    bool is_link = entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET;
    if (is_link && interface_name(*entry) == interface_name(*owner)) return hardware_address(*entry);
  }
  return {};
}

}  // namespace agent::host
