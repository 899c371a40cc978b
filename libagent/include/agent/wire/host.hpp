// What a host is: its parts and their sizes (docs/wire.md, "Messages", 30 to 37).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

// Originals know no payload and send none.
struct StaticRequest {
  static constexpr MessageKind message{30, "hm_static_req", true};
  std::chrono::nanoseconds max_age{};  // ours

  static void fields(auto& field) {
    field("max_age", &StaticRequest::max_age, "a sample that is not older will do, ns; 0: a fresh one",
          omit_empty);
  }
};

struct HostFacts {
  std::string name;
  std::chrono::nanoseconds uptime;

  static void fields(auto& field) {
    field("name", &HostFacts::name, "host name", omit_empty);
    field("uptime", &HostFacts::uptime, "since the start, ns", omit_empty);
  }
};

struct SystemFacts {
  std::string name;
  std::string platform;
  std::string platform_version;
  Time install;
  Time startup;

  static void fields(auto& field) {
    field("name", &SystemFacts::name, "linux or windows", omit_empty);
    field("pname", &SystemFacts::platform, "distribution", omit_empty);
    field("pversion", &SystemFacts::platform_version, "its version", omit_empty);
    field("install", &SystemFacts::install, "when it was installed");
    field("startup", &SystemFacts::startup, "when it was started");
  }
};

struct KernelFacts {
  std::string version;
  std::string arch;

  static void fields(auto& field) {
    field("version", &KernelFacts::version, "release", omit_empty);
    field("arch", &KernelFacts::arch, "machine", omit_empty);
  }
};

struct CpuCore {
  std::int32_t processor = 0;
  std::string model;
  std::int32_t core = 0;
  std::int32_t cores = 0;
  std::int32_t physical = 0;
  Float2 mhz;

  static void fields(auto& field) {
    field("processor", &CpuCore::processor, "number of the logical processor", omit_empty);
    field("model", &CpuCore::model, "model name", omit_empty);
    field("core", &CpuCore::core, "id of the core", omit_empty);
    field("cores", &CpuCore::cores, "logical processors of this entry: 1, on Windows those of a package",
          omit_empty);
    field("physical", &CpuCore::physical, "id of the package", omit_empty);
    field("mhz", &CpuCore::mhz, "clock", omit_empty);
  }
};

struct CpuFacts {
  std::int64_t physical = 0;
  std::int64_t logical = 0;
  std::vector<CpuCore> cores;

  static void fields(auto& field) {
    field("physical", &CpuFacts::physical, "cores", omit_empty);
    field("logical", &CpuFacts::logical, "logical processors", omit_empty);
    field("cores", &CpuFacts::cores, "one by one", omit_empty);
  }
};

struct MemoryFacts {
  std::uint64_t physical = 0;
  std::uint64_t swap = 0;

  static void fields(auto& field) {
    field("physical", &MemoryFacts::physical, "bytes of RAM", omit_empty);
    field("swap", &MemoryFacts::swap, "bytes of swap space", omit_empty);
  }
};

struct DiskFacts {
  std::string model;
  std::uint64_t total = 0;
  std::string type;
  std::vector<std::string> parts;

  static void fields(auto& field) {
    field("model", &DiskFacts::model, "model name", omit_empty);
    field("total", &DiskFacts::total, "bytes", omit_empty);
    field("type", &DiskFacts::type, "HDD, SSD or NVMe; originals know no NVMe", omit_empty);
    field("parts", &DiskFacts::parts, "names of its partitions", omit_empty);
  }
};

struct PartFacts {
  std::string name;
  std::string fstype;
  std::vector<std::string> opts;
  std::uint64_t total = 0;
  std::uint64_t inodes = 0;
  std::string unmeasured;

  static void fields(auto& field) {
    field("name", &PartFacts::name, "mount point", omit_empty);
    field("fstype", &PartFacts::fstype, "file system", omit_empty);
    field("opts", &PartFacts::opts, "mount options", omit_empty);
    field("total", &PartFacts::total, "bytes", omit_empty);
    field("inodes", &PartFacts::inodes, "number of inodes", omit_empty);
    field("unmeasured", &PartFacts::unmeasured,
          "ours: why there is no size: hung, automount, hidden or an error", omit_empty);
  }
};

struct InterfaceFacts {
  std::int64_t index = 0;
  std::string name;
  std::int64_t mtu = 0;
  std::vector<std::string> flags;
  std::string mac;
  std::vector<std::string> addrs;

  static void fields(auto& field) {
    field("index", &InterfaceFacts::index, "number of the interface", omit_empty);
    field("name", &InterfaceFacts::name, "name", omit_empty);
    field("mtu", &InterfaceFacts::mtu, "largest packet, bytes", omit_empty);
    field("flags", &InterfaceFacts::flags, "in lower case", omit_empty);
    field("mac", &InterfaceFacts::mac, "hardware address", omit_empty);
    field("addrs", &InterfaceFacts::addrs, "addresses with prefix length", omit_empty);
  }
};

struct UserFacts {
  std::string name;
  std::string id;
  std::string gid;

  static void fields(auto& field) {
    field("name", &UserFacts::name, "login", omit_empty);
    field("id", &UserFacts::id, "user id", omit_empty);
    field("gid", &UserFacts::gid, "group id", omit_empty);
  }
};

// What the container that the agent runs in may use of the host.
struct ContainerFacts {
  Float2 cpus;
  std::uint64_t memory = 0;

  static void fields(auto& field) {
    field("cpus", &ContainerFacts::cpus, "processors' worth of time, 0 no limit", omit_empty);
    field("memory", &ContainerFacts::memory, "bytes, 0 no limit", omit_empty);
  }
};

// Reply, or report without tid.
struct StaticReply {
  static constexpr MessageKind message{31, "hm_static"};
  Time time;
  HostFacts host;
  SystemFacts os;
  KernelFacts kernel;
  CpuFacts cpu;
  MemoryFacts memory;
  std::vector<DiskFacts> disks;
  std::vector<PartFacts> parts;
  std::vector<std::string> nameservers;
  std::string gateway;
  std::vector<InterfaceFacts> interfaces;
  std::vector<UserFacts> users;
  std::optional<ContainerFacts> container;

  static void fields(auto& field) {
    field("time", &StaticReply::time, "when it was sampled");
    field("host", &StaticReply::host, "the host");
    field("os", &StaticReply::os, "the operating system");
    field("kernel", &StaticReply::kernel, "the kernel");
    field("cpu", &StaticReply::cpu, "the processors");
    field("memory", &StaticReply::memory, "the memory");
    field("disks", &StaticReply::disks, "disks; partitions in reports of the classic plugin", omit_empty);
    field("parts", &StaticReply::parts, "mounted file systems", omit_empty);
    field("nameservers", &StaticReply::nameservers, "DNS servers", omit_empty);
    field("gateway", &StaticReply::gateway, "default gateway", omit_empty);
    field("interface", &StaticReply::interfaces, "network interfaces", omit_empty);
    field("user", &StaticReply::users, "users", omit_empty);
    field("container", &StaticReply::container, "ours: limits of the agent's container", omit_empty);
  }
};

}  // namespace agent::wire
