// Timings: count and duration of the calls of every route, as the original names them (reference HTTP API,
// A.5) and as a histogram.
#pragma once

#include <array>
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
  // The codes that replies have; others count as 500.
  static constexpr std::array kCodes{200, 206, 301, 307, 400, 401, 404, 410,
                                     413, 415, 416, 424, 500, 503, 504};

  struct OfRoute {
    std::string original_name;  // "_api_foo_:id:GET", "" outside /api
    std::atomic<std::uint64_t> count{0};
    LatencyWindow window;
    std::array<std::atomic<agent::metrics::Histogram*>, kCodes.size()> histograms{};
  };

  agent::metrics::Histogram& histogram(const Route& route, int code);
  using Routes = std::vector<std::unique_ptr<OfRoute>>;  // by Route::index
  static void expose(Routes& routes, agent::metrics::Exposition& out);

  agent::metrics::Registry& registry_;
  agent::metrics::Counter& unmatched_;
  std::shared_ptr<Routes> routes_;  // with the registry's collector
};

// "/api/foo/{id}", "GET" -> "_api_foo_:id:GET": the original's way to name a route in a metric.
std::string original_route_name(std::string_view pattern, std::string_view method);

}  // namespace server
