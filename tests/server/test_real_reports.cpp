// What an agent of our own says by itself: its metrics.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "tests/server/api_server.hpp"
#include "tests/server/real_agent.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using test::ApiServer;
using test::RealAgent;

namespace {

void report_often(agent::Agent& agent) {
  agent::MonitorConfig& monitor = agent::core::parts_of(agent).config.monitor;
  monitor.enabled = true;
  monitor.interval = 5ms;
}

}  // namespace

TEST_CASE("An agent's own metrics are seen at the server, and those of the library are not", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent& agent) {
    report_often(agent);
    agent.counter("jobs_total", "Jobs that were done").add(7);
  });
  const std::string line = "jobs_total{agent_type=\"custom-agent\",id=\"real\"} 7\n";
  const std::string text = "# HELP jobs_total Jobs that were done\n# TYPE jobs_total counter\n" + line;
  test::wait_until("a report", [&] { return server.get("/api/agents/real/metrics").body == text; });
  CHECK_THAT(server.get("/api/agents/real/metrics").head,
             Contains("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  const std::string all = server.get("/metrics").body;
  CHECK_THAT(all, Contains("\n" + line) && !Contains("agent_failed_calls_total"));
  CHECK_THAT(all, Contains("agent_server_series_dropped_total{reason=\"reserved\"} 0\n"));
}

TEST_CASE("The metrics of an agent without any are empty, and those of none are 404", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent&) {});
  CHECK(server.get("/api/agents/real/metrics").status == 200);
  CHECK(server.get("/api/agents/real/metrics").body.empty());
  CHECK(server.get("/api/agents/nobody/metrics").status == 404);
}
