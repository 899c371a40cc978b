#include "facts_reader.hpp"

#include <agent/error.hpp>
#include <agent/host.hpp>
#include <agent/log.hpp>
#include <charconv>
#include <chrono>
#include <string>
#include <utility>

#include "container.hpp"
#include "cpu_cores.hpp"
#include "cpu_times.hpp"
#include "disk_list.hpp"
#include "etc_files.hpp"
#include "gateway.hpp"
#include "install_time.hpp"
#include "interface_list.hpp"
#include "memory_info.hpp"
#include "text_scan.hpp"

namespace host {
namespace {

using std::chrono::nanoseconds;

// "93456.78 …" of /proc/uptime; at most 300 years.
nanoseconds parse_uptime(std::string_view text) {
  double seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!(seconds > 0 && seconds < 9e9)) return nanoseconds(0);
  return nanoseconds(static_cast<std::int64_t>(seconds * 100) * 10'000'000);
}

agent::wire::Time time_at(std::int64_t seconds) {
  agent::wire::Time time;
  if (seconds > 0) time.seconds = seconds;
  return time;
}

}  // namespace

FactsReader::FactsReader(const HostOptions& options, std::atomic<std::uint64_t>& warnings)
    : root_(options.root), warnings_(warnings), files_(options.root), partitions_(options, warnings) {}

// The kernel's is that of this process's container.
std::string FactsReader::host_name(const std::string& of_kernel) {
  if (files_.own()) return of_kernel;
  std::string name = files_.read_line("etc/hostname");
  return name.empty() ? of_kernel : name;
}

void FactsReader::read_host(agent::wire::StaticReply& out) {
  agent::HostFacts facts = agent::read_host_facts(root_);
  out.host.name = host_name(facts.host_name);
  out.os.name = std::move(facts.os);
  out.os.platform = std::move(facts.platform);
  out.os.platform_version = std::move(facts.platform_version);
  out.kernel.version = std::move(facts.kernel_version);
  out.kernel.arch = std::move(facts.arch);
  const std::vector<unsigned> online = agent::read_online_cpus(root_);
  out.cpu.physical = static_cast<std::int64_t>(facts.cpu_core);
  out.cpu.logical = static_cast<std::int64_t>(online.size());
  out.cpu.cores = list_cores(online, files_);
  out.memory.physical = facts.memory;
  out.memory.swap = parse_memory({files_.read("proc/meminfo")}).swap_total;
}

void FactsReader::read_times(agent::wire::StaticReply& out) {
  out.time = agent::wire::Time::now();
  out.host.uptime = parse_uptime(files_.read("proc/uptime"));
  const auto stat = parse_cpu_stat(files_.read("proc/stat"));
  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(out.host.uptime).count();
  std::int64_t startup = stat ? static_cast<std::int64_t>(stat->boot_time) : 0;
  if (startup == 0 && uptime > 0) startup = out.time.seconds - uptime;
  out.os.startup = time_at(startup);
  out.os.install = time_at(install_time(files_));
}

void FactsReader::read_partitions(std::vector<agent::wire::PartFacts>& out) {
  for (const Partition& partition : partitions_.measure()) {
    const Mount& mount = partition.mount();
    agent::wire::PartFacts& part = out.emplace_back();
    part.name = mount.point;
    part.fstype = mount.type;
    part.opts = shown_options(mount);
    part.unmeasured = partition.unmeasured;
    if (!partition.space) continue;
    part.total = partition.space->total;
    part.inodes = partition.space->inodes;
  }
}

void FactsReader::read_interfaces(agent::wire::StaticReply& out) {
  try {
    out.interfaces = list_interfaces(files_);
  } catch (const agent::Error& error) {
    ++warnings_;
    agent::log::warn("network interfaces: {}", error.what());
  }
  const std::string route(files_.read_network("route"));
  out.gateway = find_gateway(route, files_.read_network("ipv6_route"));
}

// The limits of this process's container say nothing about a machine whose files are elsewhere.
void FactsReader::read_container(agent::wire::StaticReply& out) {
  if (!files_.own()) return;
  const auto limits =
      read_container_limits(files_, static_cast<std::uint64_t>(out.cpu.logical), out.memory.physical);
  if (!limits) return;
  agent::wire::ContainerFacts& container = out.container.emplace();
  container.cpus.value = limits->cpus;
  container.memory = limits->memory;
}

// A link from the machine's root leads to a file below it, not to one of this process's container.
std::string_view FactsReader::read_resolver() {
  constexpr std::string_view kResolver = "etc/resolv.conf";
  std::error_code failed;
  const std::string target = std::filesystem::read_symlink(files_.path(kResolver), failed).string();
  return files_.read(target.starts_with('/') ? std::string_view(target).substr(1) : kResolver);
}

agent::wire::StaticReply FactsReader::read() {
  const std::lock_guard lock(mutex_);
  agent::wire::StaticReply facts;
  read_times(facts);
  read_host(facts);
  facts.disks = list_disks(files_);
  read_partitions(facts.parts);
  facts.nameservers = parse_name_servers(read_resolver());
  read_interfaces(facts);
  facts.users = parse_passwd(files_.read("etc/passwd"));
  read_container(facts);
  return facts;
}

}  // namespace host
