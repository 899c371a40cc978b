// What an agent of our own says by itself: its metrics, and reports that clients follow.
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/api_server.hpp"
#include "tests/server/real_agent.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using test::ApiServer;
using test::RawClient;
using test::RealAgent;

namespace {

void report_often(agent::Agent& agent) {
  agent::MonitorConfig& monitor = agent::core::state_of(agent).config.monitor;
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

namespace {

struct Load {
  static constexpr agent::MessageKind message{1100, "load"};
  int is = 0;
  static void fields(auto& field) { field("is", &Load::is); }
};

void follow(RawClient& client, std::string_view headers = {}) {
  client.send("GET /api/agents/real/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
              std::string(headers) + "\r\n");
  client.read_until("\r\n\r\n");
}

std::string report_event(int load) {
  return "event: report\ndata: {\"type\":1100,\"load\":{\"is\":" + std::to_string(load) + "}}\n\n";
}

}  // namespace

TEST_CASE("What an agent sends by itself reaches everybody who follows it", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent& agent) { report_often(agent); });
  RawClient first(server.port);
  RawClient second(server.port);
  follow(first);
  follow(second, "Accept: application/x-ndjson\r\n");
  real.agent().send(Load{1});
  real.agent().send(Load{2});
  const std::string events = report_event(1) + report_event(2);
  CHECK(first.read_bytes(events.size()) == events);
  const std::string lines =
      "{\"event\":\"report\",\"data\":{\"type\":1100,\"load\":{\"is\":1}}}\n"
      "{\"event\":\"report\",\"data\":{\"type\":1100,\"load\":{\"is\":2}}}\n";
  CHECK(second.read_bytes(lines.size()) == lines);
  CHECK_THAT(server.get("/metrics").body, Contains("\nagent_server_unknown_reports_total 0\n"));
}

TEST_CASE("Followers are told that their agent has gone and come back", "[server]") {
  ApiServer server(100, test::shards(), {}, {}, {}, 10ms);
  RawClient client(server.port);
  {
    const RealAgent real(server.port, "real", [](agent::Agent&) {});
    follow(client);
    client.read_until(":\n\n");
  }
  CHECK_THAT(client.read_until("event: away\ndata: {}\n\n"), EndsWith("event: away\ndata: {}\n\n"));
  RealAgent again(server.port, "real", [](agent::Agent&) {});
  CHECK_THAT(client.read_until("event: back\ndata: {}\n\n"), EndsWith("event: back\ndata: {}\n\n"));
  again.agent().send(Load{3});
  CHECK_THAT(client.read_until("}}\n\n"), EndsWith(report_event(3)));
}

TEST_CASE("An agent that nobody knows cannot be followed", "[server]") {
  ApiServer server;
  CHECK(server.get("/api/agents/nobody/events").status == 404);
}

TEST_CASE("Clients that follow one agent are bounded", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent&) {});
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < server::kFollowersPerAgent; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    follow(*clients.back());
  }
  const test::HttpReply refused = server.get("/api/agents/real/events");
  CHECK(refused.status == 429);
  CHECK_THAT(refused.head, Contains("Retry-After: 1\r\n"));
  clients.front()->reset();
  test::wait_until("a place is free", [&] {
    RawClient next(server.port);
    next.send("GET /api/agents/real/events HTTP/1.1\r\nHost: x\r\n\r\n");
    return next.read_until("\r\n").find("200") != std::string::npos;
  });
}
