#include <catch2/catch.hpp>

#include "tests/server/fake_metrics_agent.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::fresh;
using test::json_at;
using test::metrics_agent;
using test::MetricsAgent;
using test::stable;

namespace {

std::string get(ApiServer& server, const std::string& path) {
  return server.get("/api/metrics/m-1" + path).body;
}

std::string shown(const std::string& payload) { return R"({"code":200,"payload":)" + payload + "}"; }

std::string at(const std::string& body, const std::string& path) { return json_at(body, "payload." + path); }

// Until the server has the report that `path` of latest shows.
void wait_for(ApiServer& server, const std::string& path, const std::string& value) {
  test::wait_until("latest has " + path, [&] { return at(get(server, "/latest"), path) == value; });
}

void send_all(MetricsAgent& agent) {
  agent.send(test::facts());
  agent.send(test::usage_report());
  agent.send(test::samples(R"("process":)" + std::string(test::kProcesses)));
  agent.send(test::samples(R"("conns":)" + std::string(test::kConnections)));
  agent.send(test::samples(R"("temps":)" + std::string(test::kTemperatures)));
  agent.send(
      R"({"type":37,"hm_agent_status":{"jobs":[{"name":"usage","i":5,"bs":20480,"ct":17}],"warns":3}})");
}

}  // namespace

TEST_CASE("latest has all last reports with their times", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", GENERATE(false, true)));
  CHECK(stable(get(server, "/latest")) == shown(R"({"connected":true})"));
  send_all(agent);
  wait_for(server, "status.warnings", "3");
  const std::string body = get(server, "/latest");
  CHECK(at(body, "connected") == "true");
  CHECK(at(body, "left").empty());
  CHECK(at(body, "static.data") == test::kFactsShown);
  CHECK(at(body, "static.begin") == "1772353800");
  CHECK(at(body, "usage.data") == test::kUsageShown);
  CHECK(at(body, "usage.begin") == "1772353805");
  CHECK(at(body, "usage.end") == "1772353805");
  CHECK(at(body, "process.data") == test::kProcessesShown);
  CHECK(at(body, "connections.data") == test::kConnectionsShown);
  CHECK(at(body, "temperatures.data") == test::kTemperaturesShown);
  CHECK(at(body, "status.jobs") == R"([{"name":"usage","interval":5,"bytes_sent":20480,"reports":17}])");
  for (const char* kind : {"static", "usage", "process", "connections", "temperatures", "status"}) {
    CAPTURE(kind);
    CHECK(std::stoll(at(body, std::string(kind) + ".received")) > 1'772'353'805);
  }
  CHECK(agent.received().empty());
}

TEST_CASE("What only our agents tell is shown", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  agent.send(
      R"({"type":31,"hm_static":{"disks":[{"type":"NVMe"}],"parts":[{"name":"/mnt","unmeasured":"hung"}],)"
      R"("container":{"cpus":1.50,"memory":7}}})");
  agent.send(fresh(R"("usage":{"cpu":{},"mem":{"zfs":5},"parts":[{"name":"/a","unmeasured":"automount"}],)"
                   R"("first":true,"container":{"cpu":10.50,"used":3,"usage":42.86}})"));
  agent.send(fresh(R"("process":[{"id":1,"life":true},{"id":2}],"process_cut":3)"));
  agent.send(
      fresh(R"("conns":[{"type":"tcp4"},{"type":"unix"}],"conns_cut":9,"conns_count":[)"
            R"({"type":"tcp4","status":"TIME_WAIT","count":8},{"type":"unix","status":"NONE","count":3}])"));
  wait_for(server, "connections.cut", "9");
  const std::string body = get(server, "/latest");
  CHECK(at(body, "static.data.disks.0.type") == "NVMe");
  CHECK(at(body, "static.data.partitions.0.unmeasured") == "hung");
  CHECK(at(body, "static.data.container") == R"({"cpus":1.5,"memory":7})");
  CHECK(at(body, "usage.data.memory.zfs") == "5");
  CHECK(at(body, "usage.data.partitions.0.unmeasured") == "automount");
  CHECK(at(body, "usage.data.first") == "true");
  CHECK(at(body, "usage.data.container") == R"({"cpu":10.5,"used":3,"usage":42.86})");
  CHECK(at(body, "process.data.0.life") == "true");
  CHECK(at(body, "process.data.1.life").empty());
  CHECK(at(body, "process.cut") == "3");
  const std::string counts =
      R"([{"type":"tcp4","status":"TIME_WAIT","count":8},{"type":"unix","status":"NONE","count":3}])";
  CHECK(at(body, "connections.count") == counts);
  const std::string all = get(server, "/dynamic?max_age=1h");
  CHECK(at(all, "process_cut") == "3");
  CHECK(at(all, "connections_cut") == "9");
  CHECK(at(all, "connections_count") == counts);
  // The wanted kind has eight, one of them listed.
  const std::string tcp = get(server, "/dynamic?max_age=1h&kinds=tcp");
  CHECK(at(tcp, "connections_cut") == "7");
  CHECK(at(tcp, "connections_count") == R"([{"type":"tcp4","status":"TIME_WAIT","count":8}])");
}

TEST_CASE("latest still has the reports of an agent that has left", "[server][metrics]") {
  ApiServer server;
  {
    MetricsAgent agent(server.port, metrics_agent("m-1", true));
    send_all(agent);
    wait_for(server, "status.warnings", "3");
  }
  wait_for(server, "connected", "false");
  const std::string body = get(server, "/latest");
  CHECK(std::stoll(at(body, "left")) > 1'772'353'805);
  CHECK(at(body, "usage.data") == test::kUsageShown);
  CHECK(stable(get(server, "/dynamic/usage")) == R"({"code":404,"msg":"not found: agent"})");
  MetricsAgent back(server.port, metrics_agent("m-1", true));
  CHECK(at(get(server, "/latest"), "connected") == "true");
  CHECK(at(get(server, "/latest"), "usage.data") == test::kUsageShown);
}

TEST_CASE("A newer report takes the place of the one of its kind", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(test::usage_report());
  agent.send(test::samples(R"("temps":)" + std::string(test::kTemperatures)));
  agent.send(test::samples(R"("usage":{"cpu":{"usage":99.5},"mem":{}})"));
  wait_for(server, "usage.data.cpu.usage", "99.5");
  CHECK(at(get(server, "/latest"), "temperatures.data") == test::kTemperaturesShown);
}

TEST_CASE("The last report answers a request with max_age while it is young enough", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  agent.send(fresh(R"("usage":{"cpu":{"usage":7.5},"mem":{}})"));
  wait_for(server, "usage.data.cpu.usage", "7.5");
  CHECK(at(get(server, "/dynamic/usage?max_age=1h"), "cpu.usage") == "7.5");
  CHECK(agent.received().empty());
  // Too old, or not asked for: the agent answers.
  CHECK(at(get(server, "/dynamic/usage?max_age=0s"), "cpu.usage") == "12.5");
  CHECK(agent.received().back() == R"({"type":32,"hm_dynamic_req":{"req":[0]}})");
  CHECK(at(get(server, "/dynamic/usage?max_age=1ns"), "cpu.usage") == "12.5");
  CHECK(agent.received().back() == R"({"type":32,"hm_dynamic_req":{"req":[0],"max_age":1}})");
  CHECK(at(get(server, "/dynamic/usage"), "cpu.usage") == "12.5");
  CHECK(at(get(server, "/static?max_age=1h"), "host.name") == "web-1");
  CHECK(agent.received().back() == R"({"type":30,"hm_static_req":{"max_age":3600000000000}})");
}

TEST_CASE("An original is never told of max_age", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  get(server, "/static?max_age=10s");
  CHECK(agent.received().back() == R"({"type":30})");
  get(server, "/dynamic/temps?max_age=10s");
  CHECK(agent.received().back() == R"({"type":32,"hm_dynamic_req":{"req":[3]}})");
}

TEST_CASE("A report that was held up is as old as its sample", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(test::samples(R"("usage":{"cpu":{"usage":7.5},"mem":{}})"));  // of March
  wait_for(server, "usage.data.cpu.usage", "7.5");
  CHECK(at(get(server, "/dynamic/usage?max_age=1h"), "cpu.usage") == "12.5");
  // A clock that is fast does not make it younger than it is.
  agent.send(test::samples(R"("usage":{"cpu":{"usage":8.5},"mem":{}})", "", "2199-01-01T00:00:00Z"));
  wait_for(server, "usage.data.cpu.usage", "8.5");
  CHECK(at(get(server, "/dynamic/usage?max_age=1ns"), "cpu.usage") == "12.5");
  CHECK(at(get(server, "/dynamic/usage?max_age=1h"), "cpu.usage") == "8.5");
}

TEST_CASE("Only what the reports lack is asked for", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(fresh(R"("usage":{"cpu":{"usage":7.5},"mem":{}})"));
  agent.send(fresh(R"("process":[{"id":1,"cpu":1.5},{"id":2,"cpu":9.5},{"id":3,"cpu":2.5}])"));
  wait_for(server, "process.data.2.id", "3");
  const std::string body = get(server, "/dynamic?max_age=1h&top=2");
  CHECK(agent.received() == std::vector<std::string>{R"({"type":32,"hm_dynamic_req":{"req":[2,3]}})"});
  CHECK(at(body, "usage.cpu.usage") == "7.5");
  CHECK(at(body, "process.0.id") == "2");
  CHECK(at(body, "process.1.id") == "3");
  CHECK(at(body, "process.2.id").empty());
  CHECK(at(body, "connections") == test::kConnectionsShown);
  CHECK(at(body, "temperatures") == test::kTemperaturesShown);
}

TEST_CASE("kinds choose among the connections of a report", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(fresh(
      R"("conns":[{"fd":1,"type":"tcp4"},{"fd":2,"type":"tcp6"},{"fd":3,"type":"udp4"},{"fd":4,"type":"udp6"},)"
      R"({"fd":5,"type":"unix"},{"fd":6,"type":"file"},{"fd":7,"type":"UNKNOWN"}])"));
  wait_for(server, "connections.data.6.fd", "7");
  const auto fds = [&](const std::string& kinds) {
    const std::string body = get(server, "/dynamic/connections?max_age=1h" + kinds);
    std::string all;
    for (int i = 0;; ++i) {
      const std::string fd = at(body, std::to_string(i) + ".fd");
      if (fd.empty()) return all;
      all += fd;
    }
  };
  CHECK(fds("") == "1234567");
  CHECK(fds("&kinds=tcp") == "12");
  CHECK(fds("&kinds=tcp6,udp4") == "23");
  CHECK(fds("&kinds=udp") == "34");
  CHECK(fds("&kinds=unix") == "56");
  CHECK(agent.received().empty());
}

TEST_CASE("max_age is a duration", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  CHECK_THAT(get(server, "/dynamic/usage?max_age=10"),
             Catch::StartsWith(R"({"code":400,"msg":"bad param: max_age: '10' has no unit)"));
  CHECK_THAT(get(server, "/static?max_age=-1s"),
             Catch::StartsWith(R"({"code":400,"msg":"bad param: max_age: -1s is less than 0")"));
  CHECK(agent.received().empty());
}

TEST_CASE("A report answers for an agent that has left, if it is young enough", "[server][metrics]") {
  ApiServer server;
  {
    MetricsAgent agent(server.port, metrics_agent("m-1", true));
    agent.send(fresh(R"("usage":{"cpu":{"usage":7.5},"mem":{}})"));
    wait_for(server, "usage.data.cpu.usage", "7.5");
  }
  wait_for(server, "connected", "false");
  CHECK(at(get(server, "/dynamic/usage?max_age=1h"), "cpu.usage") == "7.5");
  CHECK(stable(get(server, "/dynamic?max_age=1h")) == R"({"code":404,"msg":"not found: agent"})");
}

TEST_CASE("The originals' series of metrics-agents are in /metrics while they are connected",
          "[server][metrics]") {
  ApiServer server;
  {
    MetricsAgent agent(server.port, metrics_agent("m-1", false));
    agent.send(
        R"({"type":37,"hm_agent_status":{"jobs":[{"name":"usage","i":5,"bs":20480,"ct":17},{"name":"x\"y","i":1}],"warns":3}})");
    wait_for(server, "status.warnings", "3");
    const std::string text = server.get("/metrics").body;
    CHECK_THAT(text, Catch::Contains("# TYPE metrics_jobs gauge\n") &&
                         Catch::Contains("# TYPE metrics_warning gauge\n"));
    CHECK_THAT(
        text,
        Catch::Contains(
            "metrics_jobs{bytes_sent=\"20480\",id=\"m-1\",interval=\"5\",name=\"usage\",report_count=\"17\"} 1\n"));
    CHECK_THAT(
        text,
        Catch::Contains(
            "metrics_jobs{bytes_sent=\"0\",id=\"m-1\",interval=\"0\",name=\"conns\",report_count=\"0\"} 0\n"));
    CHECK_THAT(text, Catch::Contains("metrics_warning{id=\"m-1\"} 3\n"));
    CHECK_THAT(text, !Catch::Contains("x\\\"y"));
  }
  wait_for(server, "connected", "false");
  CHECK_THAT(server.get("/metrics").body, !Catch::Contains("id=\"m-1\""));
}
