#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdint>
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

// The bits of a netmask; 0 for none.
int prefix_length(const sockaddr* mask, int family) {
  if (mask == nullptr) return 0;
  if (family == AF_INET) return std::popcount(address_as<sockaddr_in>(mask).sin_addr.s_addr);
  int bits = 0;
  for (const std::uint8_t byte : address_as<sockaddr_in6>(mask).sin6_addr.s6_addr)
    bits += std::popcount(byte);
  return bits;
}

// Asks for what the list of addresses leaves out.
class MtuQuestion {
 public:
  MtuQuestion() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}
  ~MtuQuestion() {
    if (socket_ >= 0) ::close(socket_);
  }
  MtuQuestion(const MtuQuestion&) = delete;
  MtuQuestion& operator=(const MtuQuestion&) = delete;

  // 0 when the kernel does not tell.
  std::uint64_t mtu_of(const std::string& name) const {
    ifreq request{};
    name.copy(request.ifr_name, sizeof request.ifr_name - 1);
    if (socket_ < 0 || ::ioctl(socket_, SIOCGIFMTU, &request) != 0) return 0;
    return static_cast<std::uint64_t>(std::max(request.ifr_mtu, 0));
  }

 private:
  int socket_;
};

// Each interface comes once as a link, before the addresses of any.
NetworkInterface from_link(const ifaddrs& entry, const MtuQuestion& question) {
  NetworkInterface link;
  link.name = entry.ifa_name;
  link.index = static_cast<unsigned>(address_as<sockaddr_ll>(entry.ifa_addr).sll_ifindex);
  link.mtu = question.mtu_of(link.name);
  link.flags = interface_flags(entry.ifa_flags);
  link.mac = hardware_address(entry);
  return link;
}

}  // namespace

std::vector<std::string> interface_flags(std::uint64_t flags) {
  constexpr std::pair<std::uint64_t, const char*> kFlags[] = {
      {IFF_UP, "up"},
      {IFF_BROADCAST, "broadcast"},
      {IFF_LOOPBACK, "loopback"},
      {IFF_POINTOPOINT, "pointtopoint"},
      {IFF_MULTICAST, "multicast"},
      {IFF_RUNNING, "running"},
  };
  std::vector<std::string> words;
  for (const auto& [flag, word] : kFlags)
    if ((flags & flag) != 0) words.emplace_back(word);
  return words;
}

std::vector<NetworkInterface> read_network_interfaces() {
  const Interfaces interfaces = list_interfaces();
  const MtuQuestion question;
  std::vector<NetworkInterface> found;
  std::map<std::string, std::size_t, std::less<>> places;
  for (const ifaddrs* entry = interfaces.get(); entry != nullptr; entry = entry->ifa_next) {
    const std::string_view name = interface_name(*entry);
    if (entry->ifa_addr != nullptr && entry->ifa_addr->sa_family == AF_PACKET) {
      places.emplace(entry->ifa_name, found.size());
      found.push_back(from_link(*entry, question));
    } else if (const auto place = places.find(name); place != places.end()) {
      std::string ip = ip_of(*entry);
      if (ip.empty()) continue;
      const int bits = prefix_length(entry->ifa_netmask, entry->ifa_addr->sa_family);
      found[place->second].addresses.push_back(std::move(ip) + "/" + std::to_string(bits));
    }
  }
  return found;
}

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
