#include <sys/utsname.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "agent/host.hpp"
#include "base/trim.hpp"
#include "host/distribution.hpp"
#include "host/proc_text.hpp"

namespace agent {
namespace {

namespace fs = std::filesystem;

using host::field_of;
using host::for_each_field;
using host::leading_number;
using host::read_text;

// A list of the kernel names no more CPUs than this; it counts up to 8192 today.
constexpr std::size_t kMaxCpus = 65536;

// "0-3" or "5"; false for anything else.
bool parse_range(std::string_view text, unsigned& first, unsigned& last) {
  const char* const end = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), end, first);
  if (parsed.ec != std::errc()) return false;
  last = first;
  if (parsed.ptr != end && *parsed.ptr == '-') parsed = std::from_chars(parsed.ptr + 1, end, last);
  return parsed.ec == std::errc() && parsed.ptr == end && first <= last && last < kMaxCpus;
}

std::optional<unsigned> one_number(std::string_view text) {
  unsigned first = 0;
  unsigned last = 0;
  if (!parse_range(text, first, last) || first != last) return std::nullopt;
  return first;
}

// The logical CPUs that share the core, such as "0,4"; "" for a CPU that is off line.
std::string siblings_of(const fs::path& cpu) {
  std::string list = read_text(cpu / "topology/core_cpus_list");
  if (list.empty()) list = read_text(cpu / "topology/thread_siblings_list");  // kernels before 5.1
  return list;
}

fs::path cpu_directories(const fs::path& root) { return root / "sys/devices/system/cpu"; }

// Every CPU with a directory, where the kernel has no list of those on line.
std::vector<unsigned> cpus_with_directory(const fs::path& root) {
  std::vector<unsigned> cpus;
  std::error_code failed;
  fs::directory_iterator entry(cpu_directories(root), failed);
  for (; !failed && entry != fs::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().native();
    if (const auto cpu =
            name.starts_with("cpu") ? one_number(std::string_view(name).substr(3)) : std::nullopt)
      cpus.push_back(*cpu);
  }
  return cpus;
}

// A CPU that is off line may keep its topology, so that the list of those on line counts.
std::uint64_t cores_by_topology(const fs::path& root) {
  std::vector<unsigned> cpus = parse_cpu_list(read_text(cpu_directories(root) / "online"));
  if (cpus.empty()) cpus = cpus_with_directory(root);
  std::set<std::string> cores;
  for (const unsigned cpu : cpus)
    cores.insert(siblings_of(cpu_directories(root) / ("cpu" + std::to_string(cpu))));
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

// s390 has lines such as "processor 0: version = FF".
std::vector<unsigned> cpus_in_cpuinfo(std::string_view text) {
  std::vector<unsigned> cpus;
  for_each_field(text, ':', [&](std::string_view key, std::string_view value) {
    if (!key.starts_with("processor")) return;
    const auto cpu = one_number(key == "processor" ? value : trim(key.substr(9)));
    if (cpu) cpus.push_back(*cpu);
  });
  return cpus;
}

std::vector<unsigned> cpus_in_stat(std::string_view text) {
  std::vector<unsigned> cpus;
  for_each_field(text, ' ', [&](std::string_view key, std::string_view) {
    const auto cpu = key.starts_with("cpu") ? one_number(key.substr(3)) : std::nullopt;
    if (cpu) cpus.push_back(*cpu);
  });
  return cpus;
}

std::vector<unsigned> sorted(std::vector<unsigned> cpus) {
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

}  // namespace

std::vector<unsigned> parse_cpu_list(std::string_view text) {
  std::vector<unsigned> cpus;
  text = host::first_line(text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    unsigned first = 0;
    unsigned last = 0;
    if (parse_range(trim(text.substr(0, end)), first, last))
      for (unsigned cpu = first; cpu <= last && cpus.size() < kMaxCpus; ++cpu) cpus.push_back(cpu);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return sorted(std::move(cpus));
}

std::vector<unsigned> read_online_cpus(const fs::path& root) {
  std::vector<unsigned> cpus = parse_cpu_list(read_text(cpu_directories(root) / "online"));
  if (cpus.empty()) cpus = cpus_in_cpuinfo(read_text(root / "proc/cpuinfo"));
  if (cpus.empty()) cpus = cpus_in_stat(read_text(root / "proc/stat"));
  return sorted(std::move(cpus));
}

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
