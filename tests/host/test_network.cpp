#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <vector>

#include "agent/host.hpp"
#include "host/network.hpp"

namespace agent::host {
namespace {

struct OwnAddress {
  std::string interface;
  std::string ip;
};

std::vector<OwnAddress> own_ipv4_addresses() {
  ifaddrs* first = nullptr;
  REQUIRE(getifaddrs(&first) == 0);
  std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);
  std::vector<OwnAddress> out;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    const auto* address = reinterpret_cast<const sockaddr_in*>(entry->ifa_addr);
    inet_ntop(AF_INET, &address->sin_addr, text.data(), text.size());
    std::string name = entry->ifa_name;
    out.push_back({name.substr(0, name.find(':')), text.data()});
  }
  return out;
}

// As the kernel shows it; "" for zeros.
std::string mac_in_sysfs(const std::string& interface) {
  std::ifstream file("/sys/class/net/" + interface + "/address");
  std::string mac;
  file >> mac;
  return mac == "00:00:00:00:00:00" ? "" : mac;
}

TEST_CASE("An own address has the hardware address of its interface", "[host]") {
  for (const OwnAddress& address : own_ipv4_addresses()) {
    INFO(address.interface << " " << address.ip);
    CHECK(mac_of(address.ip) == mac_in_sysfs(address.interface));
    CHECK(mac_of("::ffff:" + address.ip) == mac_in_sysfs(address.interface));
  }
}

TEST_CASE("All own addresses are listed with their interfaces", "[host]") {
  const std::vector<NetworkAddress> listed = read_network_addresses();
  for (const OwnAddress& own : own_ipv4_addresses()) {
    INFO(own.interface << " " << own.ip);
    const auto found = std::find_if(listed.begin(), listed.end(), [&own](const NetworkAddress& address) {
      return address.ip == own.ip && address.interface == own.interface;
    });
    REQUIRE(found != listed.end());
    CHECK(found->mac == mac_in_sysfs(own.interface));
  }
  CHECK(std::any_of(listed.begin(), listed.end(),
                    [](const NetworkAddress& address) { return address.ip == "127.0.0.1"; }));
}

TEST_CASE("Every interface is listed with what the kernel knows about it", "[host]") {
  const std::vector<NetworkInterface> interfaces = read_network_interfaces();
  const auto loopback = std::find_if(interfaces.begin(), interfaces.end(),
                                     [](const NetworkInterface& one) { return one.name == "lo"; });
  REQUIRE(loopback != interfaces.end());
  CHECK(loopback->index == if_nametoindex("lo"));
  CHECK(loopback->mtu > 0);
  CHECK(loopback->mac.empty());
  CHECK(std::count(loopback->flags.begin(), loopback->flags.end(), "loopback") == 1);
  CHECK(std::count(loopback->addresses.begin(), loopback->addresses.end(), "127.0.0.1/8") == 1);
  std::size_t addresses = 0;
  for (const NetworkInterface& one : interfaces) addresses += one.addresses.size();
  CHECK(addresses == read_network_addresses().size());
}

TEST_CASE("The flags of an interface have their usual names and order", "[host]") {
  using Words = std::vector<std::string>;
  CHECK(interface_flags(IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST) ==
        Words{"up", "broadcast", "multicast", "running"});
  CHECK(interface_flags(IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP) == Words{"loopback", "pointtopoint"});
  CHECK(interface_flags(0).empty());
}

TEST_CASE("Loopback has no hardware address", "[host]") {
  CHECK(mac_of("127.0.0.1").empty());
  CHECK(mac_of("::1").empty());
}

TEST_CASE("What is not an own address has no hardware address", "[host]") {
  auto ip = GENERATE(as<std::string>(), "", "203.0.113.77", "2001:db8::77", "fe80::77%eth0", "0.0.0.0",
                     "::", "300.1.1.1", "eth0", "localhost", "%");
  INFO(ip);
  CHECK(mac_of(ip).empty());
}

TEST_CASE("A hardware address is written in lower-case pairs", "[host]") {
  const std::uint8_t address[] = {0x02, 0x00, 0x5E, 0x10, 0x00, 0xAB};
  CHECK(format_mac(address) == "02:00:5e:10:00:ab");
}

TEST_CASE("No bytes and only zeros are no hardware address", "[host]") {
  const std::uint8_t zeros[6] = {};
  CHECK(format_mac(zeros).empty());
  CHECK(format_mac({}).empty());
}

}  // namespace
}  // namespace agent::host
