// Facts about the machine that an agent runs on: what it is, not how busy it is.
//
//   const agent::HostFacts facts = agent::read_host_facts();
//   log::info("{} {} on {}", facts.platform, facts.platform_version, facts.cpu);
//
// These are the same facts, read the same way, that the agent sends to its server when it connects (message
// `come`, docs/wire.md). Nothing is cached: each call reads the machine as it is now, on the calling thread.
// A call takes some hundred microseconds and waits for nothing, so that a handler may make one; whoever reads
// them often gives that to Agent::offload. Any thread.
//
// Files are read below `root`. Inside a container in which the host's root is mounted, "/host" gives the
// host's files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

// "" and 0 mean that a fact could not be found out.
struct HostFacts {
  std::string host_name;         // uname -n, as configured: it may have a domain. Always the running kernel's
  std::string os;                // "linux", "windows"
  std::string platform;          // distribution, by its release files in /etc: "debian", "ubuntu", "centos"
  std::string platform_version;  // by the same files: "12.11", "22.04"
  std::string kernel_version;    // uname -r, of the running kernel
  std::string arch;              // uname -m, of the running kernel: "x86_64", "aarch64"
  std::string cpu = "unknown";  // `model name` of the first CPU in /proc/cpuinfo; many ARM machines have none
  std::uint64_t cpu_core = 0;   // physical cores on line, by /sys/devices/system/cpu, else /proc/cpuinfo
  std::uint64_t memory = 0;     // bytes of RAM that the kernel manages: MemTotal of /proc/meminfo
};

// All of them. Reads some small files, and two for each logical CPU; at most 4 MiB of each. Throws for
// nothing but lack of memory.
HostFacts read_host_facts(const std::filesystem::path& root = "/");

// HostFacts::memory alone, from the same file.
std::uint64_t read_total_memory(const std::filesystem::path& root = "/");

// The numbers of the logical CPUs that are on line, ascending: by /sys/devices/system/cpu, else
// /proc/cpuinfo, else /proc/stat. What this process may use of them (its affinity, its group) plays no part.
// Empty when no file tells; at most 65,536.
std::vector<unsigned> read_online_cpus(const std::filesystem::path& root = "/");

// The numbers in a list as the kernel writes it, "0-3,8": ascending, each once, at most 65,536. Parts that
// are no numbers are left out.
std::vector<unsigned> parse_cpu_list(std::string_view text);

// One address of one network interface.
struct NetworkAddress {
  std::string interface;  // "eth0", also for an address with a label of its own ("eth0:1")
  std::string ip;         // "192.0.2.1", "2001:db8::1"; a link-local one without its zone
  std::string mac;        // hardware address, "02:00:5e:10:00:01"; "" where there is none, as for loopback
};

// Every address that the machine has, loopback included, in the kernel's order: IPv4 and then IPv6. Asks the
// kernel of the running system (getifaddrs). A host of containers may have some thousand. Throws Errc::io
// when the kernel refuses.
std::vector<NetworkAddress> read_network_addresses();

// One network interface.
struct NetworkInterface {
  unsigned index = 0;
  std::string name;
  std::uint64_t mtu = 0;           // bytes; 0 when the kernel does not tell
  std::vector<std::string> flags;  // those that hold: up broadcast loopback pointtopoint multicast running
  std::string mac;                 // as in NetworkAddress
  std::vector<std::string> addresses;  // with the length of their prefix: "192.0.2.1/24"
};

// Every interface that the running system has, in the kernel's order; from the same question to the kernel as
// the addresses. Throws as read_network_addresses() does.
std::vector<NetworkInterface> read_network_interfaces();

// The words for an interface's flags (SIOCGIFFLAGS), as in NetworkInterface::flags.
std::vector<std::string> interface_flags(std::uint64_t flags);

// The hardware address of the interface that owns the IPv4 or IPv6 address `ip`. "" when there is none:
// loopback, a tunnel, an address that is not ours, no address. Throws as read_network_addresses() does.
std::string mac_of(std::string_view ip);

}  // namespace agent
