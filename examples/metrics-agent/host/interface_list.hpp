// The network interfaces of the machine. Blocks for some microseconds each.
#pragma once

#include <agent/wire/host.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "machine_files.hpp"

namespace host {

// Those of this process's own network, unless the files are those of a machine around the container: then its
// own, by /sys/class/net and /proc/1/net. There an IPv4 address belongs to the interface whose subnet it is
// in, and one without such a subnet (/32) is left out. Throws Errc::io as agent::read_network_interfaces()
// does.
std::vector<agent::wire::InterfaceFacts> list_interfaces(MachineFiles& files);

// An address of an interface.
struct InterfaceAddress {
  std::string interface;
  std::string address;  // with the length of its prefix
};

// IPv4 addresses by /proc/net/fib_trie and /proc/net/route, IPv6 by /proc/net/if_inet6. Pure.
std::vector<InterfaceAddress> parse_ipv4_addresses(std::string_view fib_trie, std::string_view route);
std::vector<InterfaceAddress> parse_ipv6_addresses(std::string_view if_inet6);

}  // namespace host
