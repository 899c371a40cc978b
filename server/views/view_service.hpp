// ViewService: the views of one server: one watch of the store for everybody who looks, whatever at.
//
// main() builds one over its store, adds its routes, and starts it. docs/views.md tells how it is used.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "agent/metrics.hpp"
#include "base/event.hpp"
#include "http/router.hpp"
#include "net/loop.hpp"
#include "net/offload.hpp"
#include "store/store.hpp"
#include "views/view_board.hpp"
#include "views/view_source.hpp"

namespace server::views {

// How long the store may say nothing before it is asked whether it is there.
inline constexpr std::chrono::seconds kProof{3};
// Until it is tried again after it failed.
inline constexpr std::chrono::milliseconds kAgain{500};
// Retry-After of a view that does not know the cluster yet.
inline constexpr std::chrono::seconds kNotYet{1};

// Waits of a long poll (`wait`).
inline constexpr std::chrono::minutes kPollWait{5};
inline constexpr std::chrono::minutes kMostPollWait{10};

class ViewService {
 public:
  // The store outlives it. Ends before the loops are destroyed, when they no longer run. `proof`: for tests.
  ViewService(ViewOptions options, store::Store& store, std::chrono::milliseconds proof = kProof);
  // The same over another source.
  ViewService(ViewOptions options, std::unique_ptr<ViewSource> source,
              std::chrono::milliseconds proof = kProof);
  ViewService(const ViewService&) = delete;
  ViewService& operator=(const ViewService&) = delete;

  // GET /v2/..., /appname, /debug: those of a cluster. The router must outlive the listener that serves it.
  void add_routes(Router& router);
  // Those of a table, which outlives it, and nothing else.
  void add_views(Router& router, const std::vector<ClusterView>& views);
  // agent_server_views_...; `metrics` may outlive this.
  void add_metrics(agent::metrics::Registry& metrics);
  // Begins to follow the store, on `loop`, before or while it runs.
  void start(agent::net::Loop& loop);
  // Whether readers have to freshen() the state before they open it.
  bool is_on_demand() const { return source_->is_on_demand(); }
  // Has the source look, unless somebody reads, for whom it looks anyhow. Any loop, once it has started.
  agent::Task<> freshen();
  // Watches end, and long polls answer. Any thread.
  void stop() { board_->close(); }

  const ViewOptions& options() const { return options_; }
  ViewBoard& board() const { return *board_; }

 private:
  static agent::Task<> follow(ViewService* self);
  agent::Task<> follow(store::View* view);
  static agent::Task<> await_round(ViewService* self);
  void end_round();

  const ViewOptions options_;
  const std::unique_ptr<ViewSource> source_;
  const std::chrono::milliseconds proof_;
  agent::net::Loop* loop_ = nullptr;  // that follows

  // ---- that loop

  std::uint64_t rounds_ = 0;  // looks that are published
  agent::Event round_ended_;

  const std::shared_ptr<ViewBoard> board_;
  agent::net::Offload pool_{1};  // ends first. Views are made there
};

}  // namespace server::views
