#include "api/metrics_views.hpp"

#include <chrono>

namespace server {

namespace wire = agent::wire;

namespace {

std::int64_t whole_seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

CoreView view_of(const wire::CpuCore& core) {
  return {core.processor, core.model, core.core, core.cores, core.physical, core.mhz.value};
}

DiskView view_of(const wire::DiskFacts& disk) { return {disk.model, disk.total, disk.type, disk.parts}; }

PartitionView view_of(const wire::PartFacts& part) {
  return {part.name, part.fstype, part.opts, part.total, part.inodes, part.unmeasured};
}

InterfaceView view_of(const wire::InterfaceFacts& interface) {
  return {interface.index, interface.name, interface.mtu, interface.flags, interface.mac, interface.addrs};
}

UserView view_of(const wire::UserFacts& user) { return {user.name, user.id, user.gid}; }

PartitionUsageView view_of(const wire::PartUsage& part) {
  return {.name = part.name,
          .used = part.used,
          .free = part.free,
          .usage = part.usage.value,
          .inodes_used = part.inodes_used,
          .inodes_free = part.inodes_free,
          .inodes_usage = part.inodes_usage.value,
          .read_per_second = part.read_per_second.value,
          .written_per_second = part.written_per_second.value,
          .in_flight = part.in_flight,
          .unmeasured = part.unmeasured};
}

InterfaceUsageView view_of(const wire::InterfaceUsage& interface) {
  return {interface.name, interface.bytes_sent, interface.bytes_received, interface.packets_sent,
          interface.packets_received};
}

ProcessUsageView view_of(const wire::ProcessUsage& process) {
  return {.id = process.pid,
          .parent = process.parent,
          .user = process.user,
          .cpu = process.cpu.value,
          .rss = process.rss,
          .vms = process.vms,
          .swap = process.swap,
          .memory = process.memory.value,
          .cmd = process.cmd,
          .listen = process.listen,
          .conns = process.conns,
          .whole_life = process.whole_life};
}

ConnectionView view_of(const wire::Connection& connection) {
  return {connection.fd,    connection.pid,    connection.type,
          connection.local, connection.remote, connection.status};
}

TemperatureView view_of(const wire::Temperature& temperature) {
  return {temperature.name, temperature.celsius.value};
}

ConnectionCountView view_of(const wire::ConnectionCount& entry) {
  return {entry.type, entry.status, entry.count};
}

ContainerView view_of(const wire::ContainerFacts& container) {
  return {container.cpus.value, container.memory};
}

ContainerUsageView view_of(const wire::ContainerUsage& container) {
  return {container.cpu.value, container.memory_used, container.memory.value};
}

CollectJobView view_of(const wire::CollectJob& job) { return {job.name, whole_seconds(job.interval)}; }

template <class View, class Item>
std::vector<View> views_of(const std::vector<Item>& items) {
  std::vector<View> views;
  views.reserve(items.size());
  for (const Item& item : items) views.push_back(view_of(item));
  return views;
}

UsageView view_of(const wire::HostUsage& usage) {
  const wire::CpuUsage& cpu = usage.cpu;
  const wire::MemoryUsage& memory = usage.memory;
  UsageView view;
  view.cpu = {cpu.usage.value, cpu.load1.value, cpu.load5.value, cpu.load15.value};
  view.memory = {memory.used,      memory.free,      memory.available, memory.usage.value,
                 memory.swap_used, memory.swap_free, memory.zfs};
  view.partitions = views_of<PartitionUsageView>(usage.parts);
  view.interfaces = views_of<InterfaceUsageView>(usage.interfaces);
  view.first = usage.first;
  if (usage.container) view.container = view_of(*usage.container);
  return view;
}

}  // namespace

FactsView view_of(const wire::StaticReply& facts) {
  FactsView view;
  view.time = facts.time.seconds;
  view.host = {facts.host.name, whole_seconds(facts.host.uptime)};
  view.os = {facts.os.name, facts.os.platform, facts.os.platform_version, facts.os.install.seconds,
             facts.os.startup.seconds};
  view.kernel = {facts.kernel.version, facts.kernel.arch};
  view.cpu = {facts.cpu.physical, facts.cpu.logical, views_of<CoreView>(facts.cpu.cores)};
  view.memory = {facts.memory.physical, facts.memory.swap};
  view.disks = views_of<DiskView>(facts.disks);
  view.partitions = views_of<PartitionView>(facts.parts);
  view.nameservers = facts.nameservers;
  view.gateway = facts.gateway;
  view.interfaces = views_of<InterfaceView>(facts.interfaces);
  view.users = views_of<UserView>(facts.users);
  if (facts.container) view.container = view_of(*facts.container);
  return view;
}

SamplesView view_of(const wire::DynamicReply& samples) {
  SamplesView view;
  if (samples.usage) view.usage = view_of(*samples.usage);
  view.processes = views_of<ProcessUsageView>(samples.processes);
  view.connections = views_of<ConnectionView>(samples.connections);
  view.temperatures = views_of<TemperatureView>(samples.temperatures);
  view.processes_cut = samples.processes_cut;
  view.connections_cut = samples.connections_cut;
  view.connection_counts = views_of<ConnectionCountView>(samples.connection_counts);
  return view;
}

CollectView view_of(const wire::CollectStatus& status) {
  return {.jobs = views_of<CollectJobView>(status.jobs), .connections = status.aconns};
}

}  // namespace server
