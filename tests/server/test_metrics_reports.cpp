#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/fake_metrics_agent.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::json_at;
using test::metrics_agent;
using test::MetricsAgent;

namespace {

std::string numbered(std::uint64_t number, const std::string& cpu = "1.5") {
  return test::samples(R"("usage":{"cpu":{"usage":)" + cpu + R"(},"mem":{}})",
                       R"("rseq":)" + std::to_string(number) + ",");
}

// The value of one series, -1: there is none.
double series(ApiServer& server, const std::string& name) {
  const std::string text = "\n" + server.get("/metrics").body;
  const std::size_t found = text.find("\n" + name + " ");
  return found == std::string::npos ? -1 : std::stod(text.substr(found + name.size() + 2));
}

double dropped(ApiServer& server, const std::string& reason) {
  return series(server, "agent_server_reports_dropped_total{reason=\"" + reason + "\"}");
}
double taken(ApiServer& server, const std::string& job) {
  return series(server, "agent_server_reports_total{job=\"" + job + "\"}");
}

std::string latest(ApiServer& server, const std::string& path, const std::string& id = "m-1") {
  return json_at(server.get("/api/metrics/" + id + "/latest").body, "payload." + path);
}

// Until the server has everything that was sent before: messages of a session are taken in their order.
void settle(ApiServer& server, MetricsAgent& agent, const std::string& id = "m-1") {
  static std::uint64_t mark = 1'000;
  const std::string warnings = std::to_string(++mark);
  agent.send(R"({"type":37,"hm_agent_status":{"warns":)" + warnings + "}}");
  test::wait_until("the server has all reports",
                   [&] { return latest(server, "status.warnings", id) == warnings; });
}

}  // namespace

// ------------------------------------------------------------------------------------ acknowledging

TEST_CASE("Reports with numbers are acknowledged, all of them", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  for (std::uint64_t number = 1; number <= 100; ++number) agent.send(numbered(number));
  agent.wait_for(100);
  CHECK(agent.acknowledgements() <= 10);  // 1, 33, 65, 97 and the rest, not one each
  CHECK(taken(server, "usage") == 100);
}

TEST_CASE("An original's reports are not acknowledged, numbers or not", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(numbered(1));
  agent.send(numbered(1));
  settle(server, agent);
  CHECK(agent.received().empty());
  CHECK(agent.acknowledgements() == 0);
  CHECK(taken(server, "usage") == 2);
}

TEST_CASE("A report that comes again after a reconnect is dropped, counted and acknowledged",
          "[server][metrics]") {
  ApiServer server;
  {
    MetricsAgent agent(server.port, metrics_agent("m-1", true));
    for (std::uint64_t number = 1; number <= 5; ++number) agent.send(numbered(number));
    agent.wait_for(5);
  }
  MetricsAgent back(server.port, metrics_agent("m-1", true));
  for (std::uint64_t number = 3; number <= 8; ++number) back.send(numbered(number, "8"));
  back.wait_for(8);
  CHECK(taken(server, "usage") == 8);
  CHECK(dropped(server, "duplicate") == 3);
}

TEST_CASE("A spool that was wiped, and another agent, count from one again", "[server][metrics]") {
  ApiServer server;
  {
    MetricsAgent agent(server.port, metrics_agent("m-1", true));
    for (std::uint64_t number = 1; number <= 5; ++number) agent.send(numbered(number));
    agent.wait_for(5);
  }
  agent::wire::Come come = metrics_agent("m-1", true);
  come.report_spool = "ffffffffffffffff";
  MetricsAgent wiped(server.port, come);
  wiped.send(numbered(1, "77"));
  wiped.wait_for(1);
  CHECK(latest(server, "usage.data.cpu.usage") == "77");
  MetricsAgent other(server.port, metrics_agent("m-2", true));
  other.send(numbered(1));
  other.wait_for(1);
  CHECK(dropped(server, "duplicate") == 0);
}

TEST_CASE("A report that cannot be read is counted, and need not come again", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  agent.send(numbered(1));
  agent.send(numbered(2, "true"));
  agent.wait_for(2);
  CHECK(dropped(server, "unreadable") == 1);
  CHECK(latest(server, "usage.data.cpu.usage") == "1.5");
}

TEST_CASE("Lists are acknowledged like other reports", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  const std::string list = test::process_list(1000);
  for (std::uint64_t number = 1; number <= 6; ++number)
    agent.send(test::samples(R"("process":)" + list, R"("rseq":)" + std::to_string(number) + ","));
  agent.wait_for(6);
  CHECK(taken(server, "process") == 6);
  CHECK(latest(server, "process.data.999.id") == "1000");
}

TEST_CASE("An agent that does not wait for acknowledgements loses its session", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  for (std::uint64_t number = 1; number <= 2000; ++number) agent.send(numbered(number));
  test::wait_until("it is gone", [&] { return server.hub().size() == 0; });
}

// ---------------------------------------------------------------------------------------- bad input

TEST_CASE("Reports with values that do not fit are counted and skipped, and the last good one stays",
          "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(test::usage_report());
  const std::vector<std::string> bad{
      test::samples(R"("usage":{"cpu":{"usage":NaN},"mem":{}})"),
      test::samples(R"("usage":{"cpu":{"usage":1e999},"mem":{}})"),
      test::samples(R"("usage":{"cpu":{},"mem":{"used":-1}})"),
      test::samples(R"("usage":{"cpu":{},"mem":{"used":18446744073709551616}})"),
      test::samples(R"("usage":{"cpu":{},"mem":{"used":1.5}})"),
      test::samples(R"("usage":[])"),
      test::samples(R"("process":[{"id":4294967296}])"),
      test::samples(R"("process":{"id":1})"),
      test::samples(R"("conns":[{"fd":-1}])"),
      test::samples(R"("temps":[{"temp":"warm"}])"),
      test::samples("", "", "yesterday"),
      R"({"type":33})",
      R"({"type":33,"hm_dynamic_rep":null})",
      R"({"type":31,"hm_static":{"memory":{"physical":-1}}})",
      R"({"type":37,"hm_agent_status":{"warns":-1}})",
      R"({"type":33,"hm_dynamic_rep":{)"};
  for (const std::string& report : bad) agent.send(report);
  settle(server, agent);
  CHECK(series(server, "agent_server_bad_messages_total") == static_cast<double>(bad.size()));
  CHECK(latest(server, "usage.data") == test::kUsageShown);
  CHECK(latest(server, "process").empty());
  CHECK(server.hub().size() == 1);
}

TEST_CASE("Values at the ends of their types are kept as they are", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(test::samples(
      R"("usage":{"cpu":{"usage":-5,"load1":1e300},"mem":{"used":18446744073709551615,"usage":100.00}})"));
  settle(server, agent);
  CHECK(latest(server, "usage.data.memory.used") == "18446744073709551615");
  CHECK(latest(server, "usage.data.cpu.usage") == "-5");
  CHECK(latest(server, "usage.data.cpu.load1") == "1e+300");
}

TEST_CASE("Keys that nobody knows, and keys in any order and case, are no reason to drop a report",
          "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  agent.send(
      R"({"future":[1,{"x":2}],"HM_Dynamic_Rep":{"Usage":{"CPU":{"usage":4.5,"cores":[1]},"mem":{},"gpu":{"n":1}}},"TYPE":33})");
  settle(server, agent);
  CHECK(latest(server, "usage.data.cpu.usage") == "4.5");
  // The same for a list, which is not read as it comes.
  agent.send(test::samples(R"("process":)" + test::process_list(500) + R"(,"future":{"a":1})"));
  agent.send(R"({"hm_dynamic_rep":{"conns":[{"fd":9}],"process":null},"type":33})");
  settle(server, agent);
  CHECK(latest(server, "process.data.499.id") == "500");
  CHECK(latest(server, "connections.data.0.fd") == "9");
}

TEST_CASE("A long list with a value that does not fit is found out when somebody asks", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  std::string list = test::process_list(500);
  list.replace(list.find(R"("id":400)"), 8, R"("id":-4e2)");
  agent.send(test::fresh(R"("process":)" + list));
  settle(server, agent);
  CHECK(latest(server, "process.data").empty());
  CHECK_THAT(latest(server, "process.problem"), Catch::Contains("process: [399]: id: expected an integer"));
  // It does not answer for the agent.
  const std::string body = server.get("/api/metrics/m-1/dynamic/process?max_age=1h").body;
  CHECK(json_at(body, "payload") == test::kProcessesShown);
}

TEST_CASE("Ten megabytes of processes are one report", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  MetricsAgent other(server.port, metrics_agent("m-2", false));
  const std::string list = test::process_list(80'000);
  REQUIRE(list.size() > 10'000'000);
  agent.send(test::samples(R"("process":)" + list));
  other.send(test::usage_report());
  settle(server, other, "m-2");
  settle(server, agent);
  CHECK(latest(server, "process.data.79999.id") == "80000");
  CHECK(latest(server, "usage.data", "m-2") == test::kUsageShown);
  CHECK(server.reports().store().memory() > list.size());  // as it came: there is room
}

TEST_CASE("Lists are kept as they came up to a quarter of the room, and others compressed",
          "[server][metrics]") {
  constexpr std::size_t kRoom = 2'000'000;
  ApiServer server(100, test::shards(), {}, {}, {}, server::kQuietLimit, {.memory = kRoom});
  const std::string list = test::samples(R"("process":)" + test::process_list(1000));
  std::vector<std::unique_ptr<MetricsAgent>> agents;
  for (int i = 0; i < 10; ++i) {
    const std::string id = "m-" + std::to_string(i);
    agents.push_back(std::make_unique<MetricsAgent>(server.port, metrics_agent(id, true)));
    agents.back()->send(list);
    settle(server, *agents.back(), id);
  }
  // All ten as they came would be more than half of it, all ten compressed less than three of them.
  REQUIRE(10 * list.size() > kRoom / 2);
  CHECK(server.reports().store().memory() > 3 * list.size());
  CHECK(server.reports().store().memory() < kRoom / 2);
  CHECK(latest(server, "process.data.999.id", "m-0") == "1000");
  CHECK(latest(server, "process.data.999.id", "m-9") == "1000");
}

TEST_CASE("Reports of agents that are followed are kept as well", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  test::RawClient client(server.port);
  client.send("GET /api/agents/m-1/events HTTP/1.1\r\nHost: x\r\nAccept: application/x-ndjson\r\n\r\n");
  client.read_until("\r\n\r\n");
  agent.send(numbered(1));
  agent.wait_for(1);
  client.read_until("\"rseq\":1");
  CHECK(latest(server, "usage.data.cpu.usage") == "1.5");
}

TEST_CASE("Reports of agents of other types are unknown", "[server][metrics]") {
  ApiServer server;
  test::ScriptedAgent agent(server.port, test::come_as("x-1", "exec-agent"), test::stay_silent);
  agent.send(test::usage_report());
  agent.send(R"({"type":37,"hm_agent_status":{"warns":1}})");
  test::wait_until("they are counted",
                   [&] { return series(server, "agent_server_unknown_reports_total") == 2; });
  CHECK(taken(server, "usage") == 0);
}

// -------------------------------------------------------------------------------------------- too many

TEST_CASE("An original that reports far too often is limited and counted, and harms no other agent",
          "[server][metrics]") {
  ApiServer server;
  MetricsAgent mad(server.port, metrics_agent("mad", false));
  MetricsAgent calm(server.port, metrics_agent("calm", true));
  constexpr int kReports = 5000;
  for (int i = 0; i < kReports; ++i) mad.send(test::usage_report());
  for (std::uint64_t number = 1; number <= 20; ++number) calm.send(numbered(number));
  calm.wait_for(20);
  CHECK(json_at(server.get("/api/metrics/calm/dynamic/usage").body, "payload") == test::kUsageShown);
  test::wait_until("all are counted",
                   [&] { return taken(server, "usage") + dropped(server, "limit") == kReports + 20; });
  CHECK(dropped(server, "limit") > 0);
  CHECK(taken(server, "usage") >= 201 + 20);  // the burst, and what time has allowed
  CHECK(json_at(server.get("/api/metrics/mad/dynamic/usage").body, "payload") == test::kUsageShown);
}
