// HostFacts: what an agent says about its machine when it comes (wire protocol, section 4).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace agent::host {

// "" and 0 mean unknown.
struct HostFacts {
  std::string host_name;
  std::string os;                // "linux", "windows"
  std::string platform;          // "debian", "ubuntu", "centos", "redhat", ...
  std::string platform_version;  // "12.11"
  std::string kernel_version;    // uname -r
  std::string arch;              // uname -m: "x86_64", "aarch64"
  std::string cpu = "unknown";   // model name of the first CPU
  std::uint64_t cpu_core = 0;    // physical cores. Originals send 1 on every Linux machine, a defect
  std::uint64_t memory = 0;      // RAM, bytes
};

// Files are read below `root`, which tests set; host name, kernel version and machine are the running
// kernel's. What cannot be found out stays unknown; throws for nothing but lack of memory. Blocks for
// some file reads (two per logical CPU at most), waits for nothing.
HostFacts read_host_facts(const std::filesystem::path& root = "/");

// RAM of the machine in bytes, 0 = unknown.
std::uint64_t read_total_memory(const std::filesystem::path& root = "/");

}  // namespace agent::host
