#include <csignal>

#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace {

// What a Go agent reports (wire protocol, 6.2).
constexpr const char* kGoReport =
    R"({"type":7,"ai":{"v":"1.2.0","gv":"go1.19.3","cu":0.17,"mu":0.91,"ts":10,"rs":11,"st":1668065613,)"
    R"("hi":19652608,"gc":{"0":0.0000108,"100":0.0000165,"25":0.0000108,"50":0.0000165,"75":0.0000165},)"
    R"("ip":1,"ib":40,"op":2,"ob":900,"pe":0,"pr":0,"rcc":3,"puc":null,"pop":null,"pob":null,"rcs":4,"wcs":5}})";

constexpr const char* kTags[] = {"cpu_usage",      "memory_usage",    "threads",    "routines",
                                 "startup",        "heap_in_use",     "gc_0",       "gc_0.25",
                                 "gc_0.5",         "gc_0.75",         "gc_1",       "in_packets",
                                 "in_bytes",       "out_packets",     "out_bytes",  "reconnect_count",
                                 "read_chan_size", "write_chan_size", "report_time"};

std::string agent_info(const std::string& id, const std::string& tag) {
  return "agent_info{agent_type=\"example-agent\",id=\"" + id + "\",tag=\"" + tag + "\"}";
}

}  // namespace

TEST_CASE("An agent's report on itself is seen in the metrics and goes with the agent", "[system]") {
  ServerProgram server;
  AgentProgram agent(server.address(), "report-1",
                     "basic.monitor.enabled = true\nbasic.monitor.interval = 200ms\n");
  wait_until("a report", [&] { return server.metric(agent_info("report-1", "threads")) > 0.0; });
  for (const char* tag : kTags) {
    INFO(tag);
    CHECK(server.metric(agent_info("report-1", tag)).has_value());
  }
  CHECK(server.get("/metrics").find("agent_version{") != std::string::npos);
  CHECK(server.metric(agent_info("report-1", "gc_0")) == 0.0);
  CHECK(server.metric(agent_info("report-1", "startup")) > 1.7e9);

  agent.program().signal(SIGKILL);
  server.wait_for_loss("report-1");
  CHECK(server.get("/metrics").find("report-1") == std::string::npos);
  CHECK(server.metric("agent_count") == 0.0);
}

TEST_CASE("A Go agent's report is read as it is", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  agent.peer().send(kGoReport);
  wait_until("the report", [&] { return scene.server.metric(agent_info("wire-1", "threads")) == 10.0; });
  CHECK(scene.server.metric(agent_info("wire-1", "heap_in_use")) == 19652608.0);
  CHECK(scene.server.metric(agent_info("wire-1", "gc_0.5")) == Approx(0.0000165));
  CHECK(scene.server.metric(agent_info("wire-1", "reconnect_count")) == 3.0);
  CHECK(scene.server.metric(agent_info("wire-1", "read_chan_size")) == 4.0);
  CHECK(scene.server.metric("agent_version{go_version=\"go1.19.3\",id=\"wire-1\",version=\"1.2.0\"}") == 1.0);
  scene.check_unharmed();
}

TEST_CASE("Calls are counted under the original's names and under our own", "[system]") {
  Scene scene;
  CHECK(scene.server.foo("bystander") == 200);
  CHECK(scene.server.foo("nobody") == 404);
  CHECK(scene.server.metric("api_counter__api_foo_:id:GET") == 2.0);
  CHECK(scene.server.metric("agent_server_calls_total{result=\"ok\"}") == 1.0);
  CHECK(scene.server.metric("in_packets") >= 1.0);
  CHECK(scene.server.metric("out_packets") >= 1.0);
}

TEST_CASE("Every line of the metrics is a comment or a sample", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent({.type = "odd\\\"type\n"});
  agent.peer().send(kGoReport);
  wait_until("the report", [&] { return scene.server.get("/metrics").find("odd") != std::string::npos; });
  std::istringstream lines(scene.server.get("/metrics"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    INFO(line);
    CHECK_NOTHROW(std::stod(line.substr(line.rfind(' ') + 1)));
  }
}
