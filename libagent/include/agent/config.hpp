// Config: what every agent can be told, in agent.conf or the environment (docs/configuration.md).
//
// An agent reads these keys by itself; its own ones are a struct given to Agent::config(). The originals
// write "basic." or "base." before the keys; both forms are read. All values are fixed once the agent runs,
// but for the log's level, which SIGHUP reads again.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/fields.hpp"
#include "agent/settings.hpp"

namespace agent {

// Where log lines go, and what becomes of full files (agent/log.hpp).
struct LogConfig {
  std::vector<std::string> target{"stdout"};
  std::string dir = "logs";
  Bytes size{10'000'000};
  std::uint32_t rotate = 7;
  std::string rotation = "size";
  std::string format = "text";
  std::string level = "info";

  static void fields(auto& field) {
    field("target", &LogConfig::target, "where lines go", FieldRules{.one_of = "stdout,file"});
    field("dir", &LogConfig::dir, "directory of the log files; relative to the program's directory");
    field("size", &LogConfig::size, "size at which a file is rotated", FieldRules{.min = "1K"});
    field("rotate", &LogConfig::rotate, "rotated files to keep", FieldRules{.min = "1", .max = "10000"});
    field("rotation", &LogConfig::rotation, "rotate by size or by date", FieldRules{.one_of = "size,date"});
    field("format", &LogConfig::format, "text or JSON lines", FieldRules{.one_of = "text,json"});
    field("level", &LogConfig::level, "least level that is written",
          FieldRules{.one_of = "debug,info,warn,error"});
  }
};

// The self-report: what the agent's own process uses, sent to the server regularly.
struct MonitorConfig {
  bool enabled = false;
  std::chrono::nanoseconds interval = std::chrono::seconds(5);

  static void fields(auto& field) {
    field("enabled", &MonitorConfig::enabled, "report on the agent itself");
    field("interval", &MonitorConfig::interval, "time between two reports; 0 or less means 5s",
          FieldRules{.max = "24h"});
  }
};

// One device of limit.disk_limit. 0: no limit of that kind.
struct DiskLimit {
  std::string dev;
  Bytes read_bytes;
  Bytes write_bytes;
  std::uint64_t read_iops = 0;
  std::uint64_t write_iops = 0;

  static void fields(auto& field) {
    field("dev", &DiskLimit::dev, "device as major:minor");
    field("read_bytes", &DiskLimit::read_bytes, "bytes read per second", omit_empty);
    field("write_bytes", &DiskLimit::write_bytes, "bytes written per second", omit_empty);
    field("read_iops", &DiskLimit::read_iops, "reads per second", omit_empty);
    field("write_iops", &DiskLimit::write_iops, "writes per second", omit_empty);
  }
};

// What the agent's process may use. The keys are read; a warning says that they are not applied yet.
struct LimitConfig {
  std::uint32_t cpu_quota = 0;
  Bytes memory_limit;
  std::vector<DiskLimit> disk_limit;

  static void fields(auto& field) {
    field("cpu_quota", &LimitConfig::cpu_quota, "CPU percent, 100 = one core, 0 = no limit");
    field("memory_limit", &LimitConfig::memory_limit, "memory, 0 = no limit");
    field("disk_limit", &LimitConfig::disk_limit, "per device, as JSON");
  }
};

// Files for wss:// servers, read at each connect, so that they can be renewed while the agent runs.
// relative path starts at the directory of the program.
struct TlsConfig {
  std::string ca;
  std::string cert;
  std::string key;

  static void fields(auto& field) {
    field("ca", &TlsConfig::ca,
          "PEM file with the authorities a server's certificate is checked against; "
          "empty: the system's");
    field("cert", &TlsConfig::cert, "PEM file with this agent's certificate chain");
    field("key", &TlsConfig::key, "PEM file with its private key");
  }
};

// All of them. `server` is the only one that must be given.
struct Config {
  std::string id;
  std::vector<std::string> server;
  std::string token;
  TlsConfig tls;
  LogConfig log;
  MonitorConfig monitor;
  LimitConfig limit;
  Bytes max_message{16 * 1024 * 1024};
  Bytes send_queue{8 * 1024 * 1024};

  static void fields(auto& field) {
    field("id", &Config::id,
          "agent id, $HOSTNAME, $IP or $NAME of an environment variable; empty: the "
          "server assigns one, which is written into this file");
    field("server", &Config::server,
          "servers as host:port, ws://host:port or wss://host:port, tried in order; "
          "$NAME: an environment variable",
          required);
    field("token", &Config::token, "enrollment token the server asks for", FieldRules{.secret = true});
    field("tls", &Config::tls);
    field("log", &Config::log);
    field("monitor", &Config::monitor);
    field("limit", &Config::limit);
    field("max_message", &Config::max_message, "largest message that is accepted, after decompression",
          FieldRules{.min = "16Ki", .max = "1Gi"});
    field("send_queue", &Config::send_queue, "bytes that may wait to be sent",
          FieldRules{.min = "64Ki", .max = "1Gi"});
  }
};

}  // namespace agent
