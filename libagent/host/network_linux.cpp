#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "agent/host.hpp"
#include "host/network.hpp"

namespace agent {
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

// "" for an entry of another family.
std::string ip_of(const ifaddrs& entry) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (entry.ifa_addr == nullptr) return {};
  if (entry.ifa_addr->sa_family == AF_INET) {
    const auto v4 = address_as<sockaddr_in>(entry.ifa_addr);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    const auto v6 = address_as<sockaddr_in6>(entry.ifa_addr);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  }
  return text.data();
}

// An additional IPv4 address is listed under its label, such as "eth0:1".
std::string_view interface_name(const ifaddrs& entry) {
  std::string_view name = entry.ifa_name;
  return name.substr(0, name.find(':'));
}

std::string hardware_address(const ifaddrs& entry) {
  auto link = address_as<sockaddr_ll>(entry.ifa_addr);
  std::size_t length = std::min<std::size_t>(link.sll_halen, sizeof link.sll_addr);
  return host::format_mac({link.sll_addr, length});
}

}  // namespace

std::vector<NetworkAddress> read_network_addresses() {
  const Interfaces interfaces = list_interfaces();
  std::map<std::string, std::string, std::less<>> macs;
  std::vector<NetworkAddress> addresses;
  for (const ifaddrs* entry = interfaces.get(); entry != nullptr; entry = entry->ifa_next) {
    const std::string name(interface_name(*entry));
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET) {
      macs.emplace(name, hardware_address(*entry));
    } else if (std::string ip = ip_of(*entry); !ip.empty()) {
      addresses.push_back({name, std::move(ip), {}});
    }
  }
  for (NetworkAddress& address : addresses) address.mac = macs[address.interface];
  return addresses;
}

std::string mac_of(std::string_view ip) {
  const std::optional<in6_addr> wanted = parse_ip(ip);
  if (!wanted) return {};
  for (NetworkAddress& address : read_network_addresses()) {
    const std::optional<in6_addr> own = parse_ip(address.ip);
    if (own && std::memcmp(&*own, &*wanted, sizeof *own) == 0) return std::move(address.mac);
  }
  return {};
}

}  // namespace agent
