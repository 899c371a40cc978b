// Api: the routes of agent-server and what they share. One file per area; main() builds one Api, adds its
// routes to the router and starts it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/metrics.hpp"
#include "api/disk_switch.hpp"
#include "api/order_keys.hpp"
#include "api/readiness.hpp"
#include "commands/audit.hpp"
#include "commands/command_table.hpp"
#include "commands/layout.hpp"
#include "files/file_service.hpp"
#include "http/reply.hpp"
#include "http/router.hpp"
#include "hub/hub.hpp"
#include "metrics/metrics_service.hpp"
#include "net/loop.hpp"
#include "net/offload.hpp"

namespace server {

struct ApiOptions {
  std::string id;                 // of this server
  std::string version;            // "2.0.0"
  std::string cache_dir;          // archives that are being fetched; made when missing (0700)
  unsigned cache_threshold = 80;  // percent of its file system; when fuller, /api answers 503
  std::chrono::milliseconds quiet_limit = kQuietLimit;  // an event stream says something at least so often
  std::string data_dir{};                               // whether it can be written is what /readyz tells
};

class Api {
 public:
  // All of these and the loops outlive it. Throws Errc::io when cache_dir cannot be made.
  Api(ApiOptions options, Hub& hub, CommandTable& commands, MetricsService& reports, Audit& audit,
      agent::metrics::Registry& metrics);
  // The loops no longer run.
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // The router must outlive the listener that serves it.
  void add_routes(Router& router);

  // Begins to look at the cache's disk once per second, on `loop`, before or while it runs.
  void start(agent::net::Loop& loop) { disk_.start(loop, pool_); }
  // For ListenerHooks::blocked.
  bool blocked() const { return disk_.is_full(); }

  // ---- for the files of the areas

  const ApiOptions& options() const { return options_; }
  Hub& hub() const { return hub_; }
  CommandTable& commands() const { return commands_; }
  // What metrics-agents have reported.
  MetricsService& reports() const { return reports_; }
  Audit& audit() const { return audit_; }
  Readiness& readiness() { return readiness_; }
  Layouts& layouts() { return layouts_; }
  OrderKeys& order_keys() { return order_keys_; }
  const OrderKeys& order_keys() const { return order_keys_; }
  agent::metrics::Registry& metrics() const { return metrics_; }
  // Another number whenever an agent has come or gone.
  std::uint64_t fleet_revision() const { return fleet_revision_->load(std::memory_order_relaxed); }
  // For work that blocks: files, digests, the text of ten thousand series.
  agent::net::Offload& pool() { return pool_; }
  FileService& files() { return files_; }

 private:
  const ApiOptions options_;
  Hub& hub_;
  CommandTable& commands_;
  MetricsService& reports_;
  Audit& audit_;
  agent::metrics::Registry& metrics_;
  DiskSwitch disk_;
  Readiness readiness_;
  FileService files_;
  Layouts layouts_;
  OrderKeys order_keys_;
  // Sessions that end with the loops count, too.
  const std::shared_ptr<std::atomic<std::uint64_t>> fleet_revision_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  agent::net::Offload pool_;  // ends first: its work uses the others
};

// One per area.
void add_agent_routes(Router& router, Api& api);
void add_agent_log_routes(Router& router, Api& api);
void add_call_routes(Router& router, Api& api);
void add_docs_routes(Router& router, Api& api);
void add_exec_routes(Router& router, Api& api);
void add_file_routes(Router& router, Api& api);
void add_file_download_route(Router& router, Api& api);  // add_file_routes() does
void add_file_upload_route(Router& router, Api& api);    // so, too
void add_fleet_routes(Router& router, Api& api);
void add_foo_routes(Router& router, Api& api);
void add_health_routes(Router& router, Api& api);
void add_info_routes(Router& router, Api& api);
void add_layout_routes(Router& router, Api& api);
void add_metrics_routes(Router& router, Api& api);
void add_metrics_latest_routes(Router& router, Api& api);
void add_metrics_sample_routes(Router& router, Api& api);
void add_metrics_status_routes(Router& router, Api& api);
void add_report_routes(Router& router, Api& api);
void add_script_routes(Router& router, Api& api);
void add_terminal_routes(Router& router, Api& api);

}  // namespace server
