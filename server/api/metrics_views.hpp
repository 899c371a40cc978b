// What metrics-agents report as the API shows it (reference HTTP API, A.3): other names than on the wire,
// times and durations in seconds. A list that is not left out when it is empty is null, as in the original.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/fields.hpp"
#include "agent/wire/host.hpp"
#include "agent/wire/metrics.hpp"
#include "api/metrics_facts_view.hpp"

namespace server {

struct CpuUsageView {
  double usage = 0;
  double load1 = 0;
  double load5 = 0;
  double load15 = 0;

  static void fields(auto& field) {
    field("usage", &CpuUsageView::usage, "percent of all processors");
    field("load1", &CpuUsageView::load1, "load over 1 minute");
    field("load5", &CpuUsageView::load5, "over 5 minutes");
    field("load15", &CpuUsageView::load15, "over 15 minutes");
  }
};

struct MemoryUsageView {
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;
  double usage = 0;
  std::uint64_t swap_used = 0;
  std::uint64_t swap_free = 0;
  std::uint64_t zfs = 0;

  static void fields(auto& field) {
    field("used", &MemoryUsageView::used, "bytes");
    field("free", &MemoryUsageView::free, "bytes");
    field("available", &MemoryUsageView::available, "bytes");
    field("usage", &MemoryUsageView::usage, "percent");
    field("swap_used", &MemoryUsageView::swap_used, "bytes");
    field("swap_free", &MemoryUsageView::swap_free, "bytes");
    field("zfs", &MemoryUsageView::zfs, "ours: bytes that ZFS's cache would give back; part of available",
          agent::omit_empty);
  }
};

struct PartitionUsageView {
  std::string name;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  double usage = 0;
  std::uint64_t inodes_used = 0;
  std::uint64_t inodes_free = 0;
  double inodes_usage = 0;
  double read_per_second = 0;
  double written_per_second = 0;
  std::uint64_t in_flight = 0;
  std::string unmeasured;

  static void fields(auto& field) {
    field("name", &PartitionUsageView::name, "mount point");
    field("used", &PartitionUsageView::used, "bytes");
    field("free", &PartitionUsageView::free, "bytes");
    field("usage", &PartitionUsageView::usage, "percent");
    field("inode_used", &PartitionUsageView::inodes_used, "inodes", agent::omit_empty);
    field("inode_free", &PartitionUsageView::inodes_free, "inodes", agent::omit_empty);
    field("inode_usage", &PartitionUsageView::inodes_usage, "percent", agent::omit_empty);
    field("read_per_second", &PartitionUsageView::read_per_second, "bytes per second");
    field("write_per_second", &PartitionUsageView::written_per_second, "bytes per second");
    field("iops_in_progress", &PartitionUsageView::in_flight, "operations in flight");
    field("unmeasured", &PartitionUsageView::unmeasured,
          "ours: why there is no usage: hung, automount, hidden or an error", agent::omit_empty);
  }
};

struct InterfaceUsageView {
  std::string name;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;

  static void fields(auto& field) {
    field("name", &InterfaceUsageView::name, "name");
    field("bytes_sent", &InterfaceUsageView::bytes_sent, "since the start");
    field("bytes_recv", &InterfaceUsageView::bytes_received, "since the start");
    field("packets_sent", &InterfaceUsageView::packets_sent, "since the start");
    field("packets_recv", &InterfaceUsageView::packets_received, "since the start");
  }
};

struct ContainerUsageView {
  double cpu = 0;
  std::uint64_t memory_used = 0;
  double memory = 0;

  static void fields(auto& field) {
    field("cpu", &ContainerUsageView::cpu, "percent of its processors' worth of time");
    field("used", &ContainerUsageView::memory_used, "bytes, without cache that is not in use");
    field("usage", &ContainerUsageView::memory, "percent of its memory");
  }
};

struct UsageView {
  CpuUsageView cpu;
  MemoryUsageView memory;
  std::vector<PartitionUsageView> partitions;
  std::vector<InterfaceUsageView> interfaces;
  bool first = false;
  std::optional<ContainerUsageView> container;

  static void fields(auto& field) {
    field("cpu", &UsageView::cpu, "the processors");
    field("memory", &UsageView::memory, "the memory");
    field("partitions", &UsageView::partitions, "mounted file systems", agent::omit_empty);
    field("interface", &UsageView::interfaces, "network interfaces", agent::omit_empty);
    field("first", &UsageView::first, "ours: shares and rates are since the system's start",
          agent::omit_empty);
    field("container", &UsageView::container, "ours: the agent's container", agent::omit_empty);
  }
};

struct ProcessUsageView {
  std::int64_t id = 0;
  std::int64_t parent = 0;
  std::string user;
  double cpu = 0;
  std::uint64_t rss = 0;
  std::uint64_t vms = 0;
  std::uint64_t swap = 0;
  double memory = 0;
  std::vector<std::string> cmd;
  std::vector<std::uint32_t> listen;
  std::int64_t conns = 0;
  bool whole_life = false;

  static void fields(auto& field) {
    field("id", &ProcessUsageView::id, "process id");
    field("pid", &ProcessUsageView::parent, "id of the parent");
    field("user", &ProcessUsageView::user, "login");
    field("cpu_usage", &ProcessUsageView::cpu, "percent of one processor", agent::omit_empty);
    field("rss", &ProcessUsageView::rss, "resident bytes", agent::omit_empty);
    field("vms", &ProcessUsageView::vms, "virtual bytes", agent::omit_empty);
    field("swap", &ProcessUsageView::swap, "bytes", agent::omit_empty);
    field("memory_usage", &ProcessUsageView::memory, "percent of RAM", agent::omit_empty);
    field("cmd", &ProcessUsageView::cmd, "arguments", agent::omit_empty);
    field("listen", &ProcessUsageView::listen, "ports that it listens on", agent::omit_empty);
    field("conns", &ProcessUsageView::conns, "number of its sockets");
    field("life", &ProcessUsageView::whole_life, "ours: cpu_usage is since the process began",
          agent::omit_empty);
  }
};

struct ConnectionView {
  std::uint32_t fd = 0;
  std::int64_t pid = 0;
  std::string type;
  std::string local;
  std::string remote;
  std::string status;

  static void fields(auto& field) {
    field("fd", &ConnectionView::fd, "descriptor, 0 unknown");
    field("pid", &ConnectionView::pid, "process, 0 unknown");
    field("type", &ConnectionView::type, "tcp4, tcp6, udp4, udp6, unix or file");
    field("local", &ConnectionView::local, "address:port or path", agent::omit_empty);
    field("remote", &ConnectionView::remote, "address:port or path", agent::omit_empty);
    field("status", &ConnectionView::status, "LISTEN and so on");
  }
};

struct ConnectionCountView {
  std::string type;
  std::string status;
  std::uint64_t count = 0;

  static void fields(auto& field) {
    field("type", &ConnectionCountView::type, "as in a connection");
    field("status", &ConnectionCountView::status, "as in a connection");
    field("count", &ConnectionCountView::count, "how many there are");
  }
};

struct TemperatureView {
  std::string name;
  double celsius = 0;

  static void fields(auto& field) {
    field("name", &TemperatureView::name, "sensor");
    field("temp", &TemperatureView::celsius, "degrees Celsius");
  }
};

struct SamplesView {
  std::optional<UsageView> usage;
  std::vector<ProcessUsageView> processes;
  std::vector<ConnectionView> connections;
  std::vector<TemperatureView> temperatures;
  std::uint64_t processes_cut = 0;
  std::uint64_t connections_cut = 0;
  std::vector<ConnectionCountView> connection_counts;

  static void fields(auto& field) {
    field("usage", &SamplesView::usage, "load of the host", agent::omit_empty);
    field("process", &SamplesView::processes, "processes", agent::omit_empty);
    field("connections", &SamplesView::connections, "connections", agent::omit_empty);
    field("temperatures", &SamplesView::temperatures, "temperatures", agent::omit_empty);
    field("process_cut", &SamplesView::processes_cut, "ours: processes beyond the list's bound",
          agent::omit_empty);
    field("connections_cut", &SamplesView::connections_cut, "ours: connections beyond the list's bound",
          agent::omit_empty);
    field("connections_count", &SamplesView::connection_counts,
          "ours: all connections by state, listed or not", agent::omit_empty);
  }
};

struct CollectJobView {
  std::string name;
  std::int64_t interval = 0;

  static void fields(auto& field) {
    field("name", &CollectJobView::name, "static, usage, process, conns or temps");
    field("interval", &CollectJobView::interval, "seconds");
  }
};

struct CollectView {
  std::vector<CollectJobView> jobs;
  std::vector<std::string> connections;

  static void fields(auto& field) {
    field("jobs", &CollectView::jobs, "what is collected; null: nothing");
    field("allow_conns", &CollectView::connections, "kinds of connections; missing: all", agent::omit_empty);
  }
};

FactsView view_of(const agent::wire::StaticReply& facts);
SamplesView view_of(const agent::wire::DynamicReply& samples);
CollectView view_of(const agent::wire::CollectStatus& status);

}  // namespace server
