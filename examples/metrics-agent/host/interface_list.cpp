#include "interface_list.hpp"

#include <agent/host.hpp>
#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "ip_text.hpp"
#include "text_scan.hpp"

namespace host {
namespace {

using agent::wire::InterfaceFacts;

std::optional<std::uint64_t> hex_in(std::string_view word) {
  if (word.starts_with("0x")) word.remove_prefix(2);
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), number, 16);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size()) return std::nullopt;
  return number;
}

struct Subnet {
  std::string interface;
  std::uint32_t address = 0;
  std::uint32_t mask = 0;
};

// Routes that lead to neighbours, not through a gateway.
std::vector<Subnet> parse_subnets(std::string_view route) {
  std::vector<Subnet> subnets;
  while (!route.empty()) {
    std::string_view line = take_line(route);
    Subnet subnet;
    subnet.interface = take_word(line);
    subnet.address = ipv4_number(ipv4_from_hex(take_word(line)));
    const bool direct = ipv4_from_hex(take_word(line)) == "0.0.0.0";
    for (int i = 0; i < 4; ++i) take_word(line);
    subnet.mask = ipv4_number(ipv4_from_hex(take_word(line)));
    if (direct && subnet.mask != 0) subnets.push_back(std::move(subnet));
  }
  subnets.push_back({"lo", 127u << 24, 255u << 24});
  std::stable_sort(subnets.begin(), subnets.end(),
                   [](const Subnet& a, const Subnet& b) { return a.mask > b.mask; });
  return subnets;
}

// "|-- 192.0.2.10" and below it "/32 host LOCAL", in every table anew.
std::vector<std::string> parse_local_addresses(std::string_view fib_trie) {
  std::vector<std::string> addresses;
  std::set<std::string> known;
  std::string address;
  while (!fib_trie.empty()) {
    std::string_view line = take_line(fib_trie);
    const std::string_view first = take_word(line);
    const std::string_view second = take_word(line);
    if (first == "|--") address = second;
    const bool local = first == "/32" && second == "host" && take_word(line) == "LOCAL";
    if (local && known.insert(address).second) addresses.push_back(address);
  }
  return addresses;
}

std::vector<InterfaceFacts> of_this_process() {
  std::vector<InterfaceFacts> interfaces;
  for (agent::NetworkInterface& link : agent::read_network_interfaces()) {
    interfaces.push_back({static_cast<std::int64_t>(link.index), std::move(link.name),
                          static_cast<std::int64_t>(link.mtu), std::move(link.flags), std::move(link.mac),
                          std::move(link.addresses)});
  }
  return interfaces;
}

std::string mac_in(std::string text) {
  return text.find_first_not_of("0:") == text.npos ? std::string() : text;
}

// What the kernel tells its programs about an interface, but for sysfs: it runs when it is up and has a
// carrier, or does not know carriers, as loopback.
std::vector<std::string> flags_of(const std::string& directory, MachineFiles& files) {
  std::vector<std::string> flags =
      agent::interface_flags(hex_in(files.read_line(directory + "/flags")).value_or(0));
  const std::string state = files.read_line(directory + "/operstate");
  const bool up = !flags.empty() && flags.front() == "up";
  if (up && (state == "up" || state == "unknown") && flags.back() != "running") flags.emplace_back("running");
  return flags;
}

std::vector<InterfaceFacts> of_machine(MachineFiles& files) {
  const std::string fib_trie(files.read_network("fib_trie"));
  const std::string route(files.read_network("route"));
  std::vector<InterfaceAddress> addresses = parse_ipv4_addresses(fib_trie, route);
  std::ranges::move(parse_ipv6_addresses(files.read_network("if_inet6")), std::back_inserter(addresses));
  std::vector<InterfaceFacts> interfaces;
  for (const std::string& name : files.list("sys/class/net")) {
    const std::string directory = "sys/class/net/" + name;
    const auto index = number_in(files.read_line(directory + "/ifindex"));
    if (!index) continue;  // such as "bonding_masters"
    InterfaceFacts& link = interfaces.emplace_back();
    link.index = static_cast<std::int64_t>(*index);
    link.name = name;
    link.mtu = static_cast<std::int64_t>(count_in(files.read_line(directory + "/mtu")));
    link.flags = flags_of(directory, files);
    link.mac = mac_in(files.read_line(directory + "/address"));
    for (const InterfaceAddress& address : addresses)
      if (address.interface == name) link.addrs.push_back(address.address);
  }
  std::ranges::sort(interfaces, {}, &InterfaceFacts::index);
  return interfaces;
}

// Namespaces are told apart by the number in the link, "net:[4026531840]".
bool shares_network(const MachineFiles& files) {
  const MachineFiles own;
  const std::string machine = files.link_name("proc/1/ns/net");
  return !machine.empty() && machine == own.link_name("proc/self/ns/net");
}

}  // namespace

std::vector<InterfaceAddress> parse_ipv4_addresses(std::string_view fib_trie, std::string_view route) {
  const std::vector<Subnet> subnets = parse_subnets(route);
  std::vector<InterfaceAddress> addresses;
  for (const std::string& address : parse_local_addresses(fib_trie)) {
    const std::uint32_t number = ipv4_number(address);
    const auto subnet = std::find_if(subnets.begin(), subnets.end(), [number](const Subnet& candidate) {
      return (number & candidate.mask) == candidate.address;
    });
    if (subnet != subnets.end())
      addresses.push_back({subnet->interface, address + "/" + std::to_string(std::popcount(subnet->mask))});
  }
  return addresses;
}

std::vector<InterfaceAddress> parse_ipv6_addresses(std::string_view if_inet6) {
  std::vector<InterfaceAddress> addresses;
  while (!if_inet6.empty()) {
    std::string_view line = take_line(if_inet6);
    const std::string address = ipv6_from_hex(take_word(line));
    take_word(line);
    const auto bits = hex_in(take_word(line));
    take_word(line);
    take_word(line);
    const std::string_view name = take_word(line);
    if (address.empty() || !bits || *bits > 128 || name.empty()) continue;
    addresses.push_back({std::string(name), address + "/" + std::to_string(*bits)});
  }
  return addresses;
}

std::vector<InterfaceFacts> list_interfaces(MachineFiles& files) {
  return files.own() || shares_network(files) ? of_this_process() : of_machine(files);
}

}  // namespace host
