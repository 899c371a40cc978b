#include <sys/utsname.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "agent/host.hpp"
#include "host/distribution.hpp"
#include "host/proc_text.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

using host::field_of;
using host::for_each_field;
using host::leading_number;
using host::read_text;

bool is_cpu_directory(std::string_view name) {
  return name.size() > 3 && name.starts_with("cpu") && name.find_first_not_of("0123456789", 3) == name.npos;
}

// The logical CPUs that share the core, such as "0,4"; "" for a CPU that is off line.
std::string siblings_of(const fs::path& cpu) {
  std::string list = read_text(cpu / "topology/core_cpus_list");
  if (list.empty()) list = read_text(cpu / "topology/thread_siblings_list");  // kernels before 5.1
  return list;
}

std::uint64_t cores_by_topology(const fs::path& root) {
  std::set<std::string> cores;
  std::error_code failed;
  fs::directory_iterator entry(root / "sys/devices/system/cpu", failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    if (is_cpu_directory(entry->path().filename().native())) cores.insert(siblings_of(entry->path()));
  }
  cores.erase("");
  return cores.size();
}

// `cpu cores` of each package, or else one core per processor.
std::uint64_t cores_by_cpuinfo(std::string_view cpuinfo) {
  std::uint64_t processors = 0;
  std::map<std::string, std::uint64_t> cores_of_package;
  std::string package;
  for_each_field(cpuinfo, ':', [&](std::string_view key, std::string_view value) {
    if (key == "processor") ++processors;
    if (key == "physical id") package = value;
    if (key == "cpu cores") cores_of_package[package] = leading_number(value);
  });
  std::uint64_t cores = 0;
  for (const auto& [id, count] : cores_of_package) cores += count;
  return cores == 0 ? processors : cores;
}

std::string or_unknown(std::string_view text) { return std::string(text.empty() ? "unknown" : text); }

}  // namespace

std::uint64_t read_total_memory(const fs::path& root) {
  return leading_number(field_of(read_text(root / "proc/meminfo"), "MemTotal", ':')) * 1024;
}

HostFacts read_host_facts(const fs::path& root) {
  HostFacts facts;
  facts.os = "linux";
  utsname kernel{};
  if (uname(&kernel) == 0) {
    facts.host_name = kernel.nodename;
    facts.kernel_version = kernel.release;
    facts.arch = kernel.machine;
  }
  const host::Distribution distribution = host::read_distribution(root);
  facts.platform = distribution.name;
  facts.platform_version = distribution.version;
  std::string cpuinfo = read_text(root / "proc/cpuinfo");
  facts.cpu = or_unknown(field_of(cpuinfo, "model name", ':'));
  facts.cpu_core = cores_by_topology(root);
  if (facts.cpu_core == 0) facts.cpu_core = cores_by_cpuinfo(cpuinfo);
  facts.memory = read_total_memory(root);
  return facts;
}

}  // namespace agent
