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

namespace server {

struct HostView {
  std::string name;
  std::int64_t uptime = 0;

  static void fields(auto& field) {
    field("name", &HostView::name, "host name");
    field("uptime", &HostView::uptime, "seconds since the start");
  }
};

struct SystemView {
  std::string name;
  std::string platform;
  std::string platform_version;
  std::int64_t install = 0;
  std::int64_t startup = 0;

  static void fields(auto& field) {
    field("name", &SystemView::name, "linux or windows");
    field("platform_name", &SystemView::platform, "distribution");
    field("platform_version", &SystemView::platform_version, "its version");
    field("install", &SystemView::install, "Unix seconds; -62135596800: unknown");
    field("startup", &SystemView::startup, "Unix seconds; -62135596800: unknown");
  }
};

struct KernelView {
  std::string version;
  std::string arch;

  static void fields(auto& field) {
    field("version", &KernelView::version, "release");
    field("arch", &KernelView::arch, "machine");
  }
};

struct CoreView {
  std::int64_t processor = 0;
  std::string model;
  std::int64_t core = 0;
  std::int64_t cores = 0;
  std::int64_t physical = 0;
  double mhz = 0;

  static void fields(auto& field) {
    field("processor", &CoreView::processor, "number of the logical processor");
    field("model", &CoreView::model, "model name");
    field("core", &CoreView::core, "id of the core");
    field("cores", &CoreView::cores, "cores of this entry");
    field("physical", &CoreView::physical, "id of the package");
    field("mhz", &CoreView::mhz, "clock");
  }
};

struct CpuView {
  std::int64_t physical = 0;
  std::int64_t logical = 0;
  std::vector<CoreView> cores;

  static void fields(auto& field) {
    field("physical", &CpuView::physical, "cores");
    field("logical", &CpuView::logical, "logical processors");
    field("cores", &CpuView::cores, "one by one", agent::omit_empty);
  }
};

struct MemoryView {
  std::uint64_t physical = 0;
  std::uint64_t swap = 0;

  static void fields(auto& field) {
    field("physical", &MemoryView::physical, "bytes of RAM");
    field("swap", &MemoryView::swap, "bytes of swap space");
  }
};

struct DiskView {
  std::string model;
  std::uint64_t total = 0;
  std::string type;
  std::vector<std::string> parts;

  static void fields(auto& field) {
    field("model", &DiskView::model, "model name");
    field("total", &DiskView::total, "bytes");
    field("type", &DiskView::type, "HDD, SSD and so on");
    field("disks", &DiskView::parts, "names of its partitions", agent::omit_empty);
  }
};

struct PartitionView {
  std::string mount;
  std::string fstype;
  std::vector<std::string> opts;
  std::uint64_t total = 0;
  std::uint64_t inodes = 0;

  static void fields(auto& field) {
    field("mount", &PartitionView::mount, "mount point");
    field("fstype", &PartitionView::fstype, "file system", agent::omit_empty);
    field("opts", &PartitionView::opts, "mount options", agent::omit_empty);
    field("total", &PartitionView::total, "bytes");
    field("inodes", &PartitionView::inodes, "number of inodes", agent::omit_empty);
  }
};

struct InterfaceView {
  std::int64_t index = 0;
  std::string name;
  std::int64_t mtu = 0;
  std::vector<std::string> flags;
  std::string mac;
  std::vector<std::string> addrs;

  static void fields(auto& field) {
    field("index", &InterfaceView::index, "number of the interface");
    field("name", &InterfaceView::name, "name");
    field("mtu", &InterfaceView::mtu, "largest packet, bytes");
    field("flags", &InterfaceView::flags, "in lower case", agent::omit_empty);
    field("mac", &InterfaceView::mac, "hardware address");
    field("addrs", &InterfaceView::addrs, "addresses with prefix length", agent::omit_empty);
  }
};

struct UserView {
  std::string name;
  std::string id;
  std::string gid;

  static void fields(auto& field) {
    field("name", &UserView::name, "login");
    field("id", &UserView::id, "user id");
    field("gid", &UserView::gid, "group id");
  }
};

struct FactsView {
  std::int64_t time = 0;
  HostView host;
  SystemView os;
  KernelView kernel;
  CpuView cpu;
  MemoryView memory;
  std::vector<DiskView> disks;
  std::vector<PartitionView> partitions;
  std::vector<std::string> nameservers;
  std::string gateway;
  std::vector<InterfaceView> interfaces;
  std::vector<UserView> users;

  static void fields(auto& field) {
    field("time", &FactsView::time, "Unix seconds of the sample");
    field("host", &FactsView::host, "the host");
    field("os", &FactsView::os, "the operating system");
    field("kernel", &FactsView::kernel, "the kernel");
    field("cpu", &FactsView::cpu, "the processors");
    field("memory", &FactsView::memory, "the memory");
    field("disks", &FactsView::disks, "disks", agent::omit_empty);
    field("partitions", &FactsView::partitions, "mounted file systems", agent::omit_empty);
    field("nameservers", &FactsView::nameservers, "DNS servers");
    field("gateway", &FactsView::gateway, "default gateway");
    field("interface", &FactsView::interfaces, "network interfaces", agent::omit_empty);
    field("user", &FactsView::users, "users", agent::omit_empty);
  }
};

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

  static void fields(auto& field) {
    field("used", &MemoryUsageView::used, "bytes");
    field("free", &MemoryUsageView::free, "bytes");
    field("available", &MemoryUsageView::available, "bytes");
    field("usage", &MemoryUsageView::usage, "percent");
    field("swap_used", &MemoryUsageView::swap_used, "bytes");
    field("swap_free", &MemoryUsageView::swap_free, "bytes");
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

struct UsageView {
  CpuUsageView cpu;
  MemoryUsageView memory;
  std::vector<PartitionUsageView> partitions;
  std::vector<InterfaceUsageView> interfaces;

  static void fields(auto& field) {
    field("cpu", &UsageView::cpu, "the processors");
    field("memory", &UsageView::memory, "the memory");
    field("partitions", &UsageView::partitions, "mounted file systems", agent::omit_empty);
    field("interface", &UsageView::interfaces, "network interfaces", agent::omit_empty);
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

  static void fields(auto& field) {
    field("usage", &SamplesView::usage, "load of the host", agent::omit_empty);
    field("process", &SamplesView::processes, "processes", agent::omit_empty);
    field("connections", &SamplesView::connections, "connections", agent::omit_empty);
    field("temperatures", &SamplesView::temperatures, "temperatures", agent::omit_empty);
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
