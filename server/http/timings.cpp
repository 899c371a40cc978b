#include "http/timings.hpp"

#include <utility>

namespace server {
namespace {

// Seconds. From a round trip to a near agent up to the longest wait for a reply.
const std::vector<double> kBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                  0.1,    0.25,    0.5,    1,     2.5,    5,     10,   60};

}  // namespace

std::string original_route_name(std::string_view pattern, std::string_view method) {
  std::string name;
  for (char c : pattern) {
    if (c == '/')
      name += '_';
    else if (c == '{')
      name += ':';
    else if (c != '}')
      name += c;
  }
  return name.append(":").append(method);
}

Timings::Timings(const Router& router, agent::metrics::Registry& registry)
    : registry_(registry),
      unmatched_(registry.counter("agent_server_http_unmatched_total", "requests that no route matched")),
      routes_(std::make_shared<Routes>()) {
  for (const auto& route : router.routes()) {
    auto& of_route = routes_->emplace_back(std::make_unique<OfRoute>());
    if (route->pattern.starts_with("/api/"))
      of_route->original_name = original_route_name(route->pattern, route->method);
  }
  registry.collect([routes = routes_](agent::metrics::Exposition& out) { expose(*routes, out); });
}

void Timings::record(const Route& route, int code, LatencyWindow::Clock::duration took,
                     LatencyWindow::Clock::time_point now) {
  OfRoute& of_route = *(*routes_)[route.index];
  if (!of_route.original_name.empty()) {
    of_route.count.fetch_add(1, std::memory_order_relaxed);
    of_route.window.record(took, now);
  }
  histogram(route, code).observe(std::chrono::duration<double>(took).count());
}

agent::metrics::Histogram& Timings::histogram(const Route& route, int code) {
  std::atomic<OfCode*>& first = (*routes_)[route.index]->first;
  for (const OfCode* of_code = first.load(std::memory_order_acquire); of_code; of_code = of_code->next)
    if (of_code->code == code) return of_code->histogram;
  // Two threads may add one code at once: the series is the same.
  auto* made = new OfCode{code, series(route, code), first.load(std::memory_order_relaxed)};
  while (!first.compare_exchange_weak(made->next, made, std::memory_order_release)) {
  }
  return made->histogram;
}

agent::metrics::Histogram& Timings::series(const Route& route, int code) {
  const agent::metrics::Labels labels{{"route", std::string(route.pattern)},
                                      {"method", std::string(route.method)},
                                      {"code", std::to_string(code)}};
  return registry_.histogram("agent_server_http_request_seconds", "time until a reply is ready", kBounds,
                             labels);
}

Timings::OfRoute::~OfRoute() {
  for (OfCode* of_code = first.load(); of_code != nullptr;) delete std::exchange(of_code, of_code->next);
}

void Timings::expose(Routes& routes, agent::metrics::Exposition& out) {
  auto now = LatencyWindow::Clock::now();
  for (auto& of_route : routes) {
    if (of_route->original_name.empty()) continue;
    std::uint64_t count = of_route->count.load(std::memory_order_relaxed);
    if (count == 0) continue;
    out.family("api_counter_" + of_route->original_name, "gauge", "");
    out.sample({}, count);
    LatencyWindow::Summary summary = of_route->window.last(now);
    out.family("api_pref_" + of_route->original_name, "gauge", "");
    out.sample({{"tag", "qps"}}, summary.per_second);
    out.sample({{"tag", "avg"}}, summary.average);
    out.sample({{"tag", "p0"}}, summary.p0);
    out.sample({{"tag", "p50"}}, summary.p50);
    out.sample({{"tag", "p90"}}, summary.p90);
    out.sample({{"tag", "p99"}}, summary.p99);
    out.sample({{"tag", "p100"}}, summary.p100);
  }
}

}  // namespace server
