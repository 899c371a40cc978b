// Messages that every agent and server speak: handshake, self-report, error, foo and bar (docs/wire.md, "Life
// of a session" and "Messages", 0 to 9).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

// The first message of a session, agent to server. Empty strings and 0 mean unknown.
struct Come {
  static constexpr MessageKind message{1, "come"};
  std::string id;
  std::string name;
  std::string version;
  Ip ip;
  std::string mac;
  std::string host_name;
  std::string os;
  std::string platform;
  std::string platform_version;
  std::string kernel_version;
  std::string arch;
  std::string cpu;
  std::uint64_t cpu_core = 0;
  std::uint64_t memory = 0;
  std::vector<std::string> caps;  // capabilities; originals ignore it
  std::string instance;           // random per process: tells a reconnect from a second agent of the same id
  std::string report_spool;       // sixteen hex digits: where its reports are numbered; capability `reports`

  static void fields(auto& field) {
    field("id", &Come::id, "configured agent id, empty: the server assigns one");
    field("name", &Come::name, "agent type, such as exec-agent");
    field("version", &Come::version, "agent version");
    field("ip", &Come::ip, "local address of this connection");
    field("mac", &Come::mac, "hardware address of the interface that owns ip");
    field("host_name", &Come::host_name, "host name");
    field("os", &Come::os, "linux or windows");
    field("platform", &Come::platform, "distribution, such as debian");
    field("platform_version", &Come::platform_version, "version of the distribution");
    field("kernel_version", &Come::kernel_version, "uname -r");
    field("arch", &Come::arch, "kernel machine, such as x86_64");
    field("cpu", &Come::cpu, "model name of the first CPU");
    field("cpu_core", &Come::cpu_core, "CPU cores");
    field("memory", &Come::memory, "RAM in bytes");
    field("caps", &Come::caps, "capabilities of this agent", omit_empty);
    field("instance", &Come::instance, "random per process start", omit_empty);
    field("rspool", &Come::report_spool, "id of the spool that numbers its reports", omit_empty);
  }
};

// The server's answer.
struct Handshake {
  static constexpr MessageKind message{2, "handshake"};
  bool ok = false;
  std::string id;
  std::string msg;
  std::vector<std::string> redirect;
  std::vector<std::string> caps;
  std::uint64_t retry_after = 0;

  static void fields(auto& field) {
    field("ok", &Handshake::ok, "accepted");
    field("id", &Handshake::id, "effective agent id, empty on refusal");
    field("msg", &Handshake::msg, "reason of a refusal");
    field("redirect", &Handshake::redirect, "servers to try instead, in order", omit_empty);
    field("caps", &Handshake::caps, "capabilities of this session", omit_empty);
    field("retry_after", &Handshake::retry_after, "seconds to wait before the next attempt", omit_empty);
  }
};

// Capability: a self-report has the agent's own series (docs/wire.md, "Capabilities"). Ours.
inline constexpr std::string_view kSeriesCapability = "series";

// Capability: reports (types without tid) are numbered, and kept until the server has taken them
// (docs/wire.md, "Capabilities"). Ours.
inline constexpr std::string_view kReportsCapability = "reports";
// In a report, beside `type`: its number, which counts from 1 for the life of the spool that `come` names.
inline constexpr std::string_view kReportNumberKey = "rseq";
// Reports, and bytes of them, that an agent may have sent without a Reported for them.
inline constexpr std::size_t kReportsInFlight = 64;
inline constexpr std::size_t kReportBytesInFlight = 256 * 1024;

// Server to agent, without tid.
struct Reported {
  static constexpr MessageKind message{10105, "reported"};
  std::uint64_t number = 0;

  static void fields(auto& field) {
    field("rseq", &Reported::number, "every report up to this number has been taken");
  }
};

// What became of one of the agent's own limits (limit.*). Ours: capability `limits`, wire/exec.hpp.
struct LimitReport {
  std::string kind;
  bool enforced = false;
  std::string value;
  std::string problem;
  bool operator==(const LimitReport&) const = default;

  static void fields(auto& field) {
    field("kind", &LimitReport::kind, "cpu, memory, disk or tasks");
    field("enforced", &LimitReport::enforced, "it holds");
    field("value", &LimitReport::value, "what the kernel made of it", omit_empty);
    field("problem", &LimitReport::problem, "why it does not hold, and the remedy", omit_empty);
  }
};

// LimitReports: at most kMost of them, whatever a peer sends: three bytes of text would be a hundred in
// memory.
struct LimitReports {
  static constexpr std::size_t kMost = 16;
  std::vector<LimitReport> list;
  bool operator==(const LimitReports&) const = default;
};
inline void read_json(json::Value value, LimitReports& out) {
  out.list.clear();
  for (std::size_t i = 0; i < std::min(value.size(), LimitReports::kMost); ++i)
    json::read(value.at(i), out.list.emplace_back());
}
inline void write_json(json::Writer& out, const LimitReports& reports) { json::write(out, reports.list); }
inline std::string_view json_type(const LimitReports*) { return "[object]"; }
inline bool is_empty(const LimitReports& reports) { return reports.list.empty(); }

// The agent's report on itself. No tid, no key is ever left out but `series` and `limits`.
struct AgentInfo {
  static constexpr MessageKind message{7, "ai"};
  std::string version;
  std::string go_version;
  float cpu_usage = 0;
  float memory_usage = 0;
  std::int64_t threads = 0;
  std::int64_t routines = 0;
  std::int64_t startup = 0;
  std::uint64_t heap_in_use = 0;
  std::optional<GcPauses> gc;
  std::uint64_t in_packets = 0;
  std::uint64_t in_bytes = 0;
  std::uint64_t out_packets = 0;
  std::uint64_t out_bytes = 0;
  std::uint64_t plugins_executed = 0;
  std::uint64_t plugins_running = 0;
  std::int64_t reconnect_count = 0;
  std::map<std::string, std::uint64_t> plugin_use;
  std::map<std::string, std::uint64_t> plugin_out_packets;
  std::map<std::string, std::uint64_t> plugin_out_bytes;
  std::int64_t read_queue = 0;
  std::int64_t write_queue = 0;
  std::string series;
  LimitReports limits{};

  static void fields(auto& field) {
    field("v", &AgentInfo::version, "agent version");
    field("gv", &AgentInfo::go_version, "tool chain of the build");
    field("cu", &AgentInfo::cpu_usage, "CPU percent of the process over the last interval, 100 = one core");
    field("mu", &AgentInfo::memory_usage, "resident memory in percent of RAM");
    field("ts", &AgentInfo::threads, "threads");
    field("rs", &AgentInfo::routines, "calls in progress");
    field("st", &AgentInfo::startup, "process start, Unix seconds");
    field("hi", &AgentInfo::heap_in_use, "heap in use, bytes");
    field("gc", &AgentInfo::gc, "collector pauses in seconds; 0 without a collector");
    field("ip", &AgentInfo::in_packets, "messages received");
    field("ib", &AgentInfo::in_bytes, "bytes received before decompression, as JSON");
    field("op", &AgentInfo::out_packets, "messages sent");
    field("ob", &AgentInfo::out_bytes, "bytes sent, as JSON");
    field("pe", &AgentInfo::plugins_executed, "plugins executed (classic)");
    field("pr", &AgentInfo::plugins_running, "plugins running (classic)");
    field("rcc", &AgentInfo::reconnect_count, "reconnects since start");
    field("puc", &AgentInfo::plugin_use, "uses per plugin (classic)");
    field("pop", &AgentInfo::plugin_out_packets, "messages per plugin (classic)");
    field("pob", &AgentInfo::plugin_out_bytes, "bytes per plugin (classic)");
    field("rcs", &AgentInfo::read_queue, "length of the receive queue");
    field("wcs", &AgentInfo::write_queue, "length of the send queue");
    field("series", &AgentInfo::series, "the agent's own metrics in Prometheus' text format", omit_empty);
    field("limits", &AgentInfo::limits, "its own limits, those that are configured", lenient);
  }
};

// A failed request: type 0, whose text is the envelope's errmsg. See Envelope::errmsg, encode_error.
inline constexpr int kErrorType = 0;

struct Foo {
  static constexpr MessageKind message{8, ""};
  static void fields(auto&) {}
};

struct Bar {
  static constexpr MessageKind message{9, ""};
  static void fields(auto&) {}
};

}  // namespace agent::wire
