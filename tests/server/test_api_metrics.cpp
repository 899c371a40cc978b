#include <catch2/catch.hpp>

#include "tests/server/fake_metrics_agent.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::metrics_agent;
using test::MetricsAgent;
using test::ScriptedAgent;
using test::stable;
using test::stay_silent;

namespace {

std::string get(ApiServer& server, const std::string& path) {
  return stable(server.get("/api/metrics/m-1" + path).body);
}

std::string put(ApiServer& server, const std::string& path, const std::string& body) {
  return stable(server.request("PUT", "/api/metrics" + path, "", body).body);
}

std::string shown(const std::string& payload) { return R"({"code":200,"payload":)" + payload + "}"; }

// The last message that the agent was sent.
std::string asked(const MetricsAgent& agent) {
  const std::vector<std::string> all = agent.received();
  return all.empty() ? "" : all.back();
}

}  // namespace

TEST_CASE("Metrics are shown as the original server shows them", "[server][metrics]") {
  ApiServer server;
  const bool is_ours = GENERATE(false, true);
  CAPTURE(is_ours);
  MetricsAgent agent(server.port, metrics_agent("m-1", is_ours));
  CHECK(get(server, "/static") == shown(test::kFactsShown));
  CHECK(asked(agent) == R"({"type":30})");
  CHECK(get(server, "/dynamic/usage") == shown(test::kUsageShown));
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[0]}})");
  CHECK(get(server, "/dynamic/process") == shown(test::kProcessesShown));
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[1]}})");
  CHECK(get(server, "/dynamic/connections") == shown(test::kConnectionsShown));
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[2]}})");
  CHECK(get(server, "/dynamic/temps") == shown(test::kTemperaturesShown));
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[3]}})");
  CHECK(get(server, "/dynamic") ==
        shown(R"({"usage":)" + std::string(test::kUsageShown) + R"(,"process":)" + test::kProcessesShown +
              R"(,"connections":)" + test::kConnectionsShown + R"(,"temperatures":)" +
              test::kTemperaturesShown + "}"));
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[0,1,2,3]}})");
  CHECK(get(server, "/status") ==
        shown(R"({"jobs":[{"name":"usage","interval":5}],"allow_conns":["tcp","udp","unix"]})"));
  CHECK(asked(agent) == R"({"type":34})");
}

TEST_CASE("What an agent leaves out is shown as zero, null or not at all, as by the original server",
          "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false), [](const auto& message, const auto& send) {
    const std::string head = R"("tid":")" + std::string(message.tid()) + "\",";
    const bool is_usage = message.root().text().find("[0") != std::string::npos;
    if (message.type() == 30) send(R"({"type":31,)" + head + R"("hm_static":{}})");
    if (message.type() == 32) send(test::samples(is_usage ? R"("usage":{"cpu":{},"mem":{}})" : "", head));
    if (message.type() == 34) send(R"({"type":35,)" + head + R"("hm_status_rep":{}})");
    return true;
  });
  CHECK(
      get(server, "/static") ==
      shown(
          R"({"time":-62135596800,"host":{"name":"","uptime":0},"os":{"name":"","platform_name":"",)"
          R"("platform_version":"","install":-62135596800,"startup":-62135596800},)"
          R"("kernel":{"version":"","arch":""},"cpu":{"physical":0,"logical":0},"memory":{"physical":0,"swap":0},)"
          R"("nameservers":null,"gateway":""})"));
  const std::string usage =
      R"({"cpu":{"usage":0,"load1":0,"load5":0,"load15":0},)"
      R"("memory":{"used":0,"free":0,"available":0,"usage":0,"swap_used":0,"swap_free":0}})";
  CHECK(get(server, "/dynamic/usage") == shown(usage));
  CHECK(get(server, "/dynamic/process") == shown("null"));
  CHECK(get(server, "/dynamic/connections") == shown("null"));
  CHECK(get(server, "/dynamic/temps") == shown("[]"));
  CHECK(get(server, "/dynamic") == shown(R"({"usage":)" + usage + "}"));
  CHECK(get(server, "/status") == shown(R"({"jobs":null})"));
}

TEST_CASE("top and kinds reach the agent, kinds in both forms of a list", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  get(server, "/dynamic/process?top=5");
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[1],"top":5}})");
  for (const char* all : {"top=0", "top=", "top=ten", "top=-3", "top=99999999999999999999"}) {
    CAPTURE(all);
    get(server, "/dynamic/process?" + std::string(all));
    CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[1]}})");
  }
  for (const char* kinds :
       {"kinds=tcp4&kinds=unix", "kinds=tcp4,unix", "kinds=tcp4%2Cunix", "kinds=tcp4,&kinds=unix"}) {
    CAPTURE(kinds);
    get(server, "/dynamic/connections?" + std::string(kinds));
    CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[2],"aconns":["tcp4","unix"]}})");
  }
  get(server, "/dynamic/connections?kinds=");
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[2]}})");
  get(server, "/dynamic?top=5&kinds=udp");
  CHECK(asked(agent) == R"({"type":32,"hm_dynamic_req":{"req":[0,1,2,3],"top":5,"aconns":["udp"]}})");
}

TEST_CASE("Unknown kinds are refused with the known ones, and the agent is not asked", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  const std::string refusal =
      R"({"code":400,"msg":"bad param: kinds: 'tcp5' is unknown; known are tcp, tcp4, tcp6, udp, udp4, udp6, unix"})";
  CHECK(get(server, "/dynamic/connections?kinds=tcp,tcp5") == refusal);
  CHECK(get(server, "/dynamic?kinds=udp&kinds=tcp5") == refusal);
  CHECK_THAT(get(server, "/dynamic/connections?kinds=TCP"),
             Catch::StartsWith(R"({"code":400,"msg":"bad param: kinds:)"));
  CHECK(agent.received().empty());
}

TEST_CASE("Metrics of nobody are 404, of another agent 424", "[server][metrics]") {
  ApiServer server;
  ScriptedAgent other(server.port, come_as("m-1", "exec-agent"), stay_silent);
  for (const char* path : {"static", "dynamic", "dynamic/usage", "dynamic/process", "dynamic/connections",
                           "dynamic/temps", "status", "latest", "static?max_age=1h", "dynamic?max_age=1h"}) {
    CAPTURE(path);
    CHECK(get(server, "/" + std::string(path)) ==
          R"({"code":424,"msg":"invalid agent type want [metrics-agent] got [exec-agent]"})");
    CHECK(stable(server.get("/api/metrics/nobody/" + std::string(path)).body) ==
          R"({"code":404,"msg":"not found: agent"})");
  }
  CHECK(put(server, "/m-1/status", R"({"jobs":[]})") ==
        R"({"code":424,"msg":"invalid agent type want [metrics-agent] got [exec-agent]"})");
  CHECK(put(server, "/nobody/status", R"({"jobs":[]})") == R"({"code":404,"msg":"not found: agent"})");
}

TEST_CASE("An agent's error is 503, what is no answer 500 that says why", "[server][metrics]") {
  ApiServer server;
  std::string answer;
  MetricsAgent agent(server.port, metrics_agent("m-1", false), [&](const auto& message, const auto& send) {
    std::string text = answer;
    text.replace(text.find("%tid%"), 5, message.tid());
    send(text);
    return true;
  });
  answer = R"({"type":0,"tid":"%tid%","errmsg":"too hot"})";
  CHECK(get(server, "/dynamic/temps") == R"({"code":503,"msg":"too hot"})");
  answer = R"({"type":77,"tid":"%tid%"})";
  CHECK(get(server, "/static") == R"({"code":500,"msg":"invalid message type: 77"})");
  answer = R"({"type":33,"tid":"%tid%","hm_dynamic_rep":{"usage":{"mem":{"used":-1}}}})";
  CHECK(
      get(server, "/dynamic/usage") ==
      R"({"code":500,"msg":"hm_dynamic_rep: usage: mem: used: expected an integer from 0 to 18446744073709551615, found -1"})");
  answer = R"({"type":33,"tid":"%tid%","hm_dynamic_rep":{"usage":{"mem":{"used":18446744073709551616}}}})";
  CHECK_THAT(get(server, "/dynamic/usage"),
             Catch::StartsWith(R"({"code":500,"msg":"hm_dynamic_rep: usage: mem: used:)"));
  answer = R"({"type":33,"tid":"%tid%","hm_dynamic_rep":{}})";
  CHECK(get(server, "/dynamic/usage") == R"({"code":500,"msg":"the agent's answer has no usage"})");
}

TEST_CASE("An agent that hangs up instead of answering ends the request", "[server][metrics]") {
  ApiServer server;
  ScriptedAgent agent(server.port, metrics_agent("m-1", true),
                      [](const auto&, const auto&) { return false; });
  CHECK_THAT(get(server, "/dynamic"), Catch::StartsWith(R"({"code":500,"msg":")"));
}

// ---------------------------------------------------------------------------------------- jobs

TEST_CASE("A change of jobs at an agent of ours is waited for and told", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  CHECK(put(server, "/m-1/status", R"({"jobs":["static","usage"]})") ==
        shown(R"({"jobs":[{"name":"static","interval":5},{"name":"usage","interval":5}]})"));
  CHECK(asked(agent) == R"({"type":36,"hm_change_status":{"jobs":["static","usage"],"reply":true}})");
  for (const char* none : {R"({"jobs":[]})", R"({"jobs":null})", "{}"}) {
    CHECK(put(server, "/m-1/status", none) == shown(R"({"jobs":null})"));
    CHECK(asked(agent) == R"({"type":36,"hm_change_status":{"reply":true}})");
  }
  server.wait_for_audit(R"("action":"jobs")");
  server.wait_for_audit(R"("what":"static,usage")");
}

TEST_CASE("An agent that cannot change its jobs says why", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true), [](const auto& message, const auto& send) {
    send(agent::encode_error("agent.conf: read-only file system", message.tid()));
    return true;
  });
  CHECK(put(server, "/m-1/status", R"({"jobs":["usage"]})") ==
        R"({"code":503,"msg":"agent.conf: read-only file system"})");
}

TEST_CASE("A change of jobs at an original is sent, and not waited for", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  CHECK(put(server, "/m-1/status", R"({"jobs":["temps"]})") == R"({"code":200})");
  test::wait_until("the agent has it", [&] { return !agent.received().empty(); });
  CHECK(asked(agent) == R"({"type":36,"hm_change_status":{"jobs":["temps"]}})");
}

TEST_CASE("Unknown jobs are refused with the known ones, and the agent is not told", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", false));
  CHECK(
      put(server, "/m-1/status", R"({"jobs":["usage","conn"]})") ==
      R"({"code":400,"msg":"bad param: jobs: 'conn' is unknown; known are static, usage, process, conns, temps"})");
  CHECK(put(server, "/m-1/status", R"({"jobs":"usage"})") ==
        R"({"code":400,"msg":"bad param: jobs: expected an array, found a string"})");
  CHECK(put(server, "/m-1/status", R"([1])") ==
        R"({"code":400,"msg":"bad param: expected an object, found an array"})");
  CHECK(put(server, "/m-1/status", "") == R"({"code":400,"msg":"bad param: EOF"})");
  CHECK_THAT(server.request("PUT", "/api/metrics/m-1/status", "", R"({"jobs":["usage"],"job":1})").head,
             Catch::Contains("X-Ignored-Keys: job;nearest=jobs"));
  test::wait_until("the agent has the last one", [&] { return !agent.received().empty(); });
  CHECK(agent.received().size() == 1);
}

TEST_CASE("All agents are switched at once, and counted by what became of it", "[server][metrics]") {
  ApiServer server;
  MetricsAgent ours(server.port, metrics_agent("m-1", true));
  MetricsAgent original(server.port, metrics_agent("m-2", false));
  MetricsAgent refusing(server.port, metrics_agent("m-3", true), [](const auto& message, const auto& send) {
    send(agent::encode_error("not today", message.tid()));
    return true;
  });
  MetricsAgent windows(server.port, metrics_agent("m-4", true, "windows"));
  ScriptedAgent other(server.port, come_as("x-1", "exec-agent"), stay_silent);
  CHECK(
      put(server, "/status", R"({"start":true,"os":"linux"})") ==
      shown(
          R"({"total":3,"success":2,"failure":1,"confirmed":1,"failures":[{"id":"m-3","msg":"not today"}]})"));
  CHECK(
      asked(ours) ==
      R"({"type":36,"hm_change_status":{"jobs":["static","usage","process","conns","temps"],"reply":true}})");
  CHECK(windows.received().empty());
  CHECK(put(server, "/status", R"({"start":false,"os":"windows"})") ==
        shown(R"({"total":1,"success":1,"failure":0,"confirmed":1})"));
  CHECK(asked(windows) == R"({"type":36,"hm_change_status":{"reply":true}})");
  CHECK(
      put(server, "/status", R"({"start":true})") ==
      shown(
          R"({"total":4,"success":3,"failure":1,"confirmed":2,"failures":[{"id":"m-3","msg":"not today"}]})"));
  server.wait_for_audit(R"("what":"all linux agents: start")");
}

TEST_CASE("A switch of all agents names a system that exists", "[server][metrics]") {
  ApiServer server;
  MetricsAgent agent(server.port, metrics_agent("m-1", true));
  CHECK(put(server, "/status", R"({"start":true,"os":"Linux"})") ==
        R"({"code":400,"msg":"bad param: os: 'Linux' is unknown; known are linux, windows"})");
  CHECK(put(server, "/status", R"({"start":1})") ==
        R"({"code":400,"msg":"bad param: start: expected true or false, found 1"})");
  CHECK(agent.received().empty());
}

TEST_CASE("An agent that leaves before it has changed its jobs is a failure, not a success",
          "[server][metrics]") {
  ApiServer server;
  ScriptedAgent agent(server.port, metrics_agent("m-1", true),
                      [](const auto&, const auto&) { return false; });
  CHECK_THAT(
      put(server, "/status", R"({"start":true})"),
      Catch::StartsWith(
          R"({"code":200,"payload":{"total":1,"success":0,"failure":1,"confirmed":0,"failures":[{"id":"m-1")"));
}
