#include "api/api.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "agent/error.hpp"
#include "base/directory.hpp"

namespace server {
namespace {

// Work of the API that blocks is short; a second thread keeps a slow disk from holding up the rest.
constexpr std::size_t kPoolThreads = 2;

void make_private_directory(const std::string& path) {
  namespace fs = std::filesystem;
  try {
    agent::make_directories(path, 0700);
  } catch (const agent::Error& error) {
    throw error.within("cache_dir");
  }
  std::error_code error;
  fs::permissions(path, fs::perms::owner_all, error);
  if (error) throw agent::Error(agent::Errc::io, "cache_dir: chmod " + path + ": " + error.message());
}

}  // namespace

Api::Api(ApiOptions options, Hub& hub, CommandTable& commands, MetricsService& reports, Audit& audit,
         agent::metrics::Registry& metrics)
    : options_(std::move(options)),
      hub_(hub),
      commands_(commands),
      reports_(reports),
      audit_(audit),
      metrics_(metrics),
      disk_(options_.cache_dir, options_.cache_threshold),
      readiness_(options_.data_dir, audit),
      files_(hub, pool_, options_.cache_dir),
      layouts_(commands.directory()),
      pool_(kPoolThreads) {
  make_private_directory(options_.cache_dir);
  hub_.on_session(
      [revision = fleet_revision_](Session&, bool) { revision->fetch_add(1, std::memory_order_relaxed); });
  files_.set_audit([this](const UploadRecord& upload) {
    audit_.write({.action = "upload",
                  .who = upload.who,
                  .from = upload.from,
                  .agent = upload.agent,
                  .command_id = {},
                  .what = upload.path,
                  .result = upload.error.empty() ? fmt::format("{} bytes", upload.size) : upload.error});
  });
}

Api::~Api() = default;

void Api::add_routes(Router& router) {
  add_agent_routes(router, *this);
  add_agent_log_routes(router, *this);
  add_call_routes(router, *this);
  add_report_routes(router, *this);
  add_exec_routes(router, *this);
  add_file_routes(router, *this);
  add_fleet_routes(router, *this);
  add_foo_routes(router, *this);
  add_info_routes(router, *this);
  add_layout_routes(router, *this);
  add_script_routes(router, *this);
  add_terminal_routes(router, *this);
  add_metrics_routes(router, *this);
  add_metrics_sample_routes(router, *this);
  add_metrics_latest_routes(router, *this);
  add_metrics_status_routes(router, *this);
  add_health_routes(router, *this);
  add_docs_routes(router, *this);
}

}  // namespace server
