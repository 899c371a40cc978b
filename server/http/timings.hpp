// Timings: count and duration of the calls of every route, as the original names them (reference HTTP API,
// A.5) and as a histogram.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/metrics.hpp"
#include "http/latency_window.hpp"
#include "http/router.hpp"

namespace server {

class Timings {
 public:
  // Adds its series to `registry`, which outlives this. All routes have been added.
  Timings(const Router& router, agent::metrics::Registry& registry);

  // Any thread. `code` of the envelope, or the HTTP status.
  void record(const Route& route, int code, LatencyWindow::Clock::duration took,
              LatencyWindow::Clock::time_point now);
  // A request that no route matched.
  void record_unmatched() { unmatched_.add(); }

 private:
  // A code that a route has answered with. They are few: all of them come from our own code.
  struct OfCode {
    int code;
    agent::metrics::Histogram& histogram;
    OfCode* next;
  };

  struct OfRoute {
    OfRoute() = default;
    ~OfRoute();
    OfRoute(const OfRoute&) = delete;
    OfRoute& operator=(const OfRoute&) = delete;

    std::string original_name;  // "_api_foo_:id:GET", "" outside /api
    std::atomic<std::uint64_t> count{0};
    LatencyWindow window;
    std::atomic<OfCode*> first{nullptr};  // the newest, owned
  };

  agent::metrics::Histogram& histogram(const Route& route, int code);
  agent::metrics::Histogram& series(const Route& route, int code);
  using Routes = std::vector<std::unique_ptr<OfRoute>>;  // by Route::index
  static void expose(Routes& routes, agent::metrics::Exposition& out);

  agent::metrics::Registry& registry_;
  agent::metrics::Counter& unmatched_;
  std::shared_ptr<Routes> routes_;  // with the registry's collector
};

// "/api/foo/{id}", "GET" -> "_api_foo_:id:GET": the original's way to name a route in a metric.
std::string original_route_name(std::string_view pattern, std::string_view method);

}  // namespace server
