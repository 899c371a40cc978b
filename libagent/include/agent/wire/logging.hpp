// The classic log collector, an agent of its own name (docs/wire.md, "Messages", 50 to 53).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/message.hpp"
#include "agent/wire/values.hpp"

namespace agent::wire {

struct CollectFromK8s {
  std::string ns;
  std::vector<std::string> names;
  std::string dir;
  std::string api;
  std::string token;

  static void fields(auto& field) {
    field("ns", &CollectFromK8s::ns, "namespace");
    field("nms", &CollectFromK8s::names, "names of pods");
    field("d", &CollectFromK8s::dir, "directory");
    field("a", &CollectFromK8s::api, "address of the API");
    field("tk", &CollectFromK8s::token, "token of the API", FieldRules{.secret = true});
  }
};

struct CollectFromDocker {
  std::string name;
  std::string tag;
  std::string dir;

  static void fields(auto& field) {
    field("cn", &CollectFromDocker::name, "name of the container");
    field("ct", &CollectFromDocker::tag, "tag of the container");
    field("d", &CollectFromDocker::dir, "directory");
  }
};

struct CollectFromFile {
  std::string dir;

  static void fields(auto& field) { field("d", &CollectFromFile::dir, "pattern of the files"); }
};

// Not answered.
struct LoggingConfig {
  static constexpr MessageKind message{50, "logging_config"};
  std::int64_t project = 0;
  std::int64_t kind = 0;
  std::string exclude;
  std::int64_t batch_lines = 0;
  std::int64_t batch_bytes = 0;
  std::int64_t interval = 0;
  std::string report;
  std::optional<CollectFromK8s> k8s;
  std::optional<CollectFromDocker> docker;
  std::optional<CollectFromFile> file;

  static void fields(auto& field) {
    field("pid", &LoggingConfig::project, "project");
    field("t", &LoggingConfig::kind, "0 k8s, 1 docker, 2 file");
    field("ext", &LoggingConfig::exclude, "expression of lines to drop", omit_empty);
    field("b", &LoggingConfig::batch_lines, "lines per batch");
    field("bf", &LoggingConfig::batch_bytes, "bytes per batch");
    field("itv", &LoggingConfig::interval, "seconds");
    field("rp", &LoggingConfig::report, "address to report to");
    field("k8s", &LoggingConfig::k8s, "with kind 0", omit_empty);
    field("d", &LoggingConfig::docker, "with kind 1", omit_empty);
    field("f", &LoggingConfig::file, "with kind 2", omit_empty);
  }
};

struct LoggingSwitch {
  static constexpr MessageKind message{51, "logging_req"};
  std::int64_t project = 0;
  bool run = false;

  static void fields(auto& field) {
    field("id", &LoggingSwitch::project, "project");
    field("run", &LoggingSwitch::run, "start or stop it");
  }
};

struct LoggingReply {
  static constexpr MessageKind message{52, "logging_rep"};
  bool ok = false;
  std::string msg;

  static void fields(auto& field) {
    field("ok", &LoggingReply::ok, "whether it worked");
    field("msg", &LoggingReply::msg, "why not");
  }
};

struct K8sStatus {
  double qps = 0;
  double avg = 0;
  std::int64_t p0 = 0;
  std::int64_t p50 = 0;
  std::int64_t p90 = 0;
  std::int64_t p99 = 0;
  std::int64_t p100 = 0;
  std::int64_t services = 0;
  std::int64_t pods = 0;
  std::int64_t containers = 0;

  static void fields(auto& field) {
    field("qps", &K8sStatus::qps, "requests per second", omit_empty);
    field("avg", &K8sStatus::avg, "latency, us", omit_empty);
    field("p0", &K8sStatus::p0, "latency, us", omit_empty);
    field("p50", &K8sStatus::p50, "latency, us", omit_empty);
    field("p90", &K8sStatus::p90, "latency, us", omit_empty);
    field("p99", &K8sStatus::p99, "latency, us", omit_empty);
    field("p100", &K8sStatus::p100, "latency, us", omit_empty);
    field("ct_svr", &K8sStatus::services, "services", omit_empty);
    field("ct_pds", &K8sStatus::pods, "pods", omit_empty);
    field("ct_cts", &K8sStatus::containers, "containers", omit_empty);
  }
};

struct CountStatus {
  std::int64_t count = 0;

  static void fields(auto& field) { field("ct", &CountStatus::count, "what is collected from", omit_empty); }
};

struct SendStatus {
  double qps = 0;
  double avg = 0;
  std::int64_t p0 = 0;
  std::int64_t p50 = 0;
  std::int64_t p90 = 0;
  std::int64_t p99 = 0;
  std::int64_t p100 = 0;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::uint64_t http_errors = 0;
  std::uint64_t server_errors = 0;

  static void fields(auto& field) {
    field("qps", &SendStatus::qps, "batches per second", omit_empty);
    field("avg", &SendStatus::avg, "latency, us", omit_empty);
    field("p0", &SendStatus::p0, "latency, us", omit_empty);
    field("p50", &SendStatus::p50, "latency, us", omit_empty);
    field("p90", &SendStatus::p90, "latency, us", omit_empty);
    field("p99", &SendStatus::p99, "latency, us", omit_empty);
    field("p100", &SendStatus::p100, "latency, us", omit_empty);
    field("ct", &SendStatus::count, "batches", omit_empty);
    field("b", &SendStatus::bytes, "bytes", omit_empty);
    field("he", &SendStatus::http_errors, "answers other than 200", omit_empty);
    field("se", &SendStatus::server_errors, "answers that say no", omit_empty);
  }
};

struct CollectorStatus {
  std::string tool_chain;
  std::int64_t threads = 0;
  std::int64_t routines = 0;
  std::int64_t startup = 0;
  std::uint64_t heap_in_use = 0;
  std::optional<GcPauses> gc;
  std::uint64_t in_packets = 0;
  std::uint64_t in_bytes = 0;
  std::uint64_t out_packets = 0;
  std::uint64_t out_bytes = 0;

  static void fields(auto& field) {
    field("gv", &CollectorStatus::tool_chain, "what it was built with");
    field("ts", &CollectorStatus::threads, "threads");
    field("rs", &CollectorStatus::routines, "goroutines");
    field("st", &CollectorStatus::startup, "start, Unix seconds");
    field("hi", &CollectorStatus::heap_in_use, "bytes");
    field("gc", &CollectorStatus::gc, "pauses of collections by quantile, seconds");
    field("ip", &CollectorStatus::in_packets, "messages received");
    field("ib", &CollectorStatus::in_bytes, "bytes received");
    field("op", &CollectorStatus::out_packets, "messages sent");
    field("ob", &CollectorStatus::out_bytes, "bytes sent");
  }
};

// Report without tid.
struct LoggingReport {
  static constexpr MessageKind message{53, "logging_report"};
  std::uint64_t from_k8s = 0;
  std::uint64_t from_docker = 0;
  std::uint64_t from_files = 0;
  K8sStatus k8s;
  CountStatus docker;
  CountStatus file;
  SendStatus sent;
  CollectorStatus agent;

  static void fields(auto& field) {
    field("ct_k8s", &LoggingReport::from_k8s, "projects", omit_empty);
    field("ct_dr", &LoggingReport::from_docker, "projects", omit_empty);
    field("ct_f", &LoggingReport::from_files, "projects", omit_empty);
    field("k8s", &LoggingReport::k8s, "k8s");
    field("dr", &LoggingReport::docker, "docker");
    field("f", &LoggingReport::file, "files");
    field("rp", &LoggingReport::sent, "what was sent on");
    field("ag", &LoggingReport::agent, "the collector itself");
  }
};

}  // namespace agent::wire
