// What a host is as the API shows it (reference HTTP API, A.3); metrics_views.hpp has the rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/fields.hpp"

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
    field("type", &DiskView::type, "HDD, SSD or NVMe; originals know no NVMe");
    field("disks", &DiskView::parts, "names of its partitions", agent::omit_empty);
  }
};

struct PartitionView {
  std::string mount;
  std::string fstype;
  std::vector<std::string> opts;
  std::uint64_t total = 0;
  std::uint64_t inodes = 0;
  std::string unmeasured;

  static void fields(auto& field) {
    field("mount", &PartitionView::mount, "mount point");
    field("fstype", &PartitionView::fstype, "file system", agent::omit_empty);
    field("opts", &PartitionView::opts, "mount options", agent::omit_empty);
    field("total", &PartitionView::total, "bytes");
    field("inodes", &PartitionView::inodes, "number of inodes", agent::omit_empty);
    field("unmeasured", &PartitionView::unmeasured,
          "ours: why there is no size: hung, automount, hidden or an error", agent::omit_empty);
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

struct ContainerView {
  double cpus = 0;
  std::uint64_t memory = 0;

  static void fields(auto& field) {
    field("cpus", &ContainerView::cpus, "processors' worth of time, 0 no limit");
    field("memory", &ContainerView::memory, "bytes, 0 no limit");
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
  std::optional<ContainerView> container;

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
    field("container", &FactsView::container, "ours: limits of the agent's container", agent::omit_empty);
  }
};

}  // namespace server
