// What a host does, and what of it is collected (docs/wire.md, "Messages", 30 to 37).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

struct DynamicRequest {
  static constexpr MessageKind message{32, "hm_dynamic_req"};
  std::vector<std::int64_t> req;
  std::int64_t top = 0;
  std::vector<std::string> aconns;
  std::chrono::nanoseconds max_age{};  // ours

  static void fields(auto& field) {
    field("req", &DynamicRequest::req, "0 usage, 1 processes, 2 connections, 3 temperatures");
    field("top", &DynamicRequest::top, "most processes to send, 0 all", omit_empty);
    field("aconns", &DynamicRequest::aconns, "kinds of connections, none for all", omit_empty);
    field("max_age", &DynamicRequest::max_age, "samples that are not older will do, ns; 0: fresh ones",
          omit_empty);
  }
};

struct CpuUsage {
  Float2 usage;
  Float2 load1;
  Float2 load5;
  Float2 load15;

  static void fields(auto& field) {
    field("usage", &CpuUsage::usage, "percent of all processors", omit_empty);
    field("load1", &CpuUsage::load1, "load over 1 minute", omit_empty);
    field("load5", &CpuUsage::load5, "over 5 minutes", omit_empty);
    field("load15", &CpuUsage::load15, "over 15 minutes", omit_empty);
  }
};

struct MemoryUsage {
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  std::uint64_t available = 0;
  Float2 usage;
  std::uint64_t swap_used = 0;
  std::uint64_t swap_free = 0;
  std::uint64_t zfs = 0;

  static void fields(auto& field) {
    field("used", &MemoryUsage::used, "bytes", omit_empty);
    field("free", &MemoryUsage::free, "bytes", omit_empty);
    field("available", &MemoryUsage::available, "bytes", omit_empty);
    field("usage", &MemoryUsage::usage, "percent", omit_empty);
    field("sused", &MemoryUsage::swap_used, "bytes", omit_empty);
    field("sfree", &MemoryUsage::swap_free, "bytes", omit_empty);
    field("zfs", &MemoryUsage::zfs, "ours: bytes that ZFS's cache would give back; part of available",
          omit_empty);
  }
};

struct PartUsage {
  std::string name;
  std::uint64_t used = 0;
  std::uint64_t free = 0;
  Float2 usage;
  std::uint64_t inodes_used = 0;
  std::uint64_t inodes_free = 0;
  Float2 inodes_usage;
  Float2 read_per_second;
  Float2 written_per_second;
  std::uint64_t in_flight = 0;
  std::string unmeasured;

  static void fields(auto& field) {
    field("name", &PartUsage::name, "mount point", omit_empty);
    field("used", &PartUsage::used, "bytes", omit_empty);
    field("free", &PartUsage::free, "bytes", omit_empty);
    field("usage", &PartUsage::usage, "percent", omit_empty);
    field("iused", &PartUsage::inodes_used, "inodes", omit_empty);
    field("ifree", &PartUsage::inodes_free, "inodes", omit_empty);
    field("iusage", &PartUsage::inodes_usage, "percent", omit_empty);
    field("rps", &PartUsage::read_per_second, "bytes per second", omit_empty);
    field("wps", &PartUsage::written_per_second, "bytes per second", omit_empty);
    field("iip", &PartUsage::in_flight, "operations in flight", omit_empty);
    field("unmeasured", &PartUsage::unmeasured,
          "ours: why there is no usage: hung, automount, hidden or an error", omit_empty);
  }
};

struct InterfaceUsage {
  std::string name;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t packets_sent = 0;
  std::uint64_t packets_received = 0;

  static void fields(auto& field) {
    field("name", &InterfaceUsage::name, "name", omit_empty);
    field("bsent", &InterfaceUsage::bytes_sent, "since the start", omit_empty);
    field("brecv", &InterfaceUsage::bytes_received, "since the start", omit_empty);
    field("psent", &InterfaceUsage::packets_sent, "since the start", omit_empty);
    field("precv", &InterfaceUsage::packets_received, "since the start", omit_empty);
  }
};

// What the container that the agent runs in uses of its limits.
struct ContainerUsage {
  Float2 cpu;
  std::uint64_t memory_used = 0;
  Float2 memory;

  static void fields(auto& field) {
    field("cpu", &ContainerUsage::cpu, "percent of its processors' worth of time", omit_empty);
    field("used", &ContainerUsage::memory_used, "bytes, without cache that is not in use", omit_empty);
    field("usage", &ContainerUsage::memory, "percent of its memory", omit_empty);
  }
};

struct HostUsage {
  CpuUsage cpu;
  MemoryUsage memory;
  std::vector<PartUsage> parts;
  std::vector<InterfaceUsage> interfaces;
  bool first = false;
  std::optional<ContainerUsage> container;

  static void fields(auto& field) {
    field("cpu", &HostUsage::cpu, "the processors");
    field("mem", &HostUsage::memory, "the memory");
    field("parts", &HostUsage::parts, "mounted file systems", omit_empty);
    field("intferface", &HostUsage::interfaces, "network interfaces; originals spell the key so", omit_empty);
    field("first", &HostUsage::first, "ours: shares and rates are since the system's start", omit_empty);
    field("container", &HostUsage::container, "ours: the agent's container", omit_empty);
  }
};

struct ProcessUsage {
  std::int32_t pid = 0;
  std::int32_t parent = 0;
  std::string user;
  Float2 cpu;
  std::uint64_t rss = 0;
  std::uint64_t vms = 0;
  std::uint64_t swap = 0;
  Float2 memory;
  std::vector<std::string> cmd;
  std::vector<std::uint32_t> listen;
  std::int64_t conns = 0;
  bool whole_life = false;

  static void fields(auto& field) {
    field("id", &ProcessUsage::pid, "process id", omit_empty);
    field("pid", &ProcessUsage::parent, "id of the parent", omit_empty);
    field("user", &ProcessUsage::user, "login", omit_empty);
    field("cpu", &ProcessUsage::cpu, "percent of one processor, since the sample before", omit_empty);
    field("rss", &ProcessUsage::rss, "resident bytes", omit_empty);
    field("vms", &ProcessUsage::vms, "virtual bytes", omit_empty);
    field("swap", &ProcessUsage::swap, "bytes", omit_empty);
    field("mem", &ProcessUsage::memory, "percent of RAM", omit_empty);
    field("cmd", &ProcessUsage::cmd, "arguments", omit_empty);
    field("listen", &ProcessUsage::listen, "ports that it listens on", omit_empty);
    field("conns", &ProcessUsage::conns, "number of its sockets", omit_empty);
    field("life", &ProcessUsage::whole_life, "ours: cpu is since the process began", omit_empty);
  }
};

struct Connection {
  std::uint32_t fd = 0;
  std::int32_t pid = 0;
  std::string type;
  std::string local;
  std::string remote;
  std::string status;

  static void fields(auto& field) {
    field("fd", &Connection::fd, "descriptor, 0 unknown", omit_empty);
    field("pid", &Connection::pid, "process, 0 unknown", omit_empty);
    field("type", &Connection::type, "tcp4, tcp6, udp4, udp6 or unix; originals also file", omit_empty);
    field("local", &Connection::local, "address:port or path", omit_empty);
    field("remote", &Connection::remote, "address:port or path", omit_empty);
    field("status", &Connection::status, "LISTEN and so on", omit_empty);
  }
};

// How many connections of one type are in one state, listed or not.
struct ConnectionCount {
  std::string type;
  std::string status;
  std::uint64_t count = 0;

  static void fields(auto& field) {
    field("type", &ConnectionCount::type, "as in a connection");
    field("status", &ConnectionCount::status, "as in a connection");
    field("count", &ConnectionCount::count, "how many there are");
  }
};

struct Temperature {
  std::string name;
  Float2 celsius;

  static void fields(auto& field) {
    field("name", &Temperature::name, "sensor", omit_empty);
    field("temp", &Temperature::celsius, "degrees Celsius", omit_empty);
  }
};

// Reply, or report without tid with one of the four parts.
struct DynamicReply {
  static constexpr MessageKind message{33, "hm_dynamic_rep"};
  Time begin;
  Time end;
  std::optional<HostUsage> usage;
  std::vector<ProcessUsage> processes;
  std::vector<Connection> connections;
  std::vector<Temperature> temperatures;
  std::uint64_t processes_cut = 0;
  std::uint64_t connections_cut = 0;
  std::vector<ConnectionCount> connection_counts;

  static void fields(auto& field) {
    field("begin", &DynamicReply::begin, "when sampling began");
    field("end", &DynamicReply::end, "and ended");
    field("usage", &DynamicReply::usage, "load of the host", omit_empty);
    field("process", &DynamicReply::processes, "processes", omit_empty);
    field("conns", &DynamicReply::connections, "connections", omit_empty);
    field("temps", &DynamicReply::temperatures, "temperatures", omit_empty);
    field("process_cut", &DynamicReply::processes_cut, "ours: processes beyond the list's bound", omit_empty);
    field("conns_cut", &DynamicReply::connections_cut, "ours: connections beyond the list's bound",
          omit_empty);
    field("conns_count", &DynamicReply::connection_counts, "ours: all connections by state", omit_empty);
  }
};

struct CollectQuery {
  static constexpr MessageKind message{34, ""};
  static void fields(auto&) {}
};

struct CollectJob {
  std::string name;
  std::chrono::nanoseconds interval;

  static void fields(auto& field) {
    field("name", &CollectJob::name, "static, usage, process, conns or temps", omit_empty);
    field("interval", &CollectJob::interval, "ns", omit_empty);
  }
};

struct CollectStatus {
  static constexpr MessageKind message{35, "hm_status_rep"};
  std::vector<CollectJob> jobs;
  std::vector<std::string> aconns;

  static void fields(auto& field) {
    field("jobs", &CollectStatus::jobs, "what is collected", omit_empty);
    field("aconns", &CollectStatus::aconns, "kinds of connections", omit_empty);
  }
};

// Not answered by originals.
struct CollectChange {
  static constexpr MessageKind message{36, "hm_change_status"};
  std::vector<std::string> jobs;
  bool reply = false;  // ours

  static void fields(auto& field) {
    field("jobs", &CollectChange::jobs, "all that is to be collected from now on", omit_empty);
    field("reply", &CollectChange::reply,
          "answer with CollectStatus once it is done; only with the capability reports", omit_empty);
  }
};

struct JobStatus {
  std::string name;
  std::uint64_t interval = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t count = 0;

  static void fields(auto& field) {
    field("name", &JobStatus::name, "job");
    field("i", &JobStatus::interval, "seconds");
    field("bs", &JobStatus::bytes_sent, "bytes sent");
    field("ct", &JobStatus::count, "reports sent");
  }
};

// Report without tid, right before type 7.
struct MetricsStatus {
  static constexpr MessageKind message{37, "hm_agent_status"};
  std::vector<JobStatus> jobs;
  std::uint64_t warnings = 0;

  static void fields(auto& field) {
    field("jobs", &MetricsStatus::jobs, "jobs", omit_empty);
    field("warns", &MetricsStatus::warnings, "samples that failed since the start");
  }
};

}  // namespace agent::wire
