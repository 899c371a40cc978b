// Views of the server's own fleet: agents, tasks and layouts, by GET, long poll and watch.
#include <catch2/catch.hpp>
#include <csignal>

#include "tests/support/json_text.hpp"
#include "tests/system/command_pair.hpp"

using namespace test;
using Catch::Matchers::Contains;

namespace {

// Up to and with the first event that has `text`.
std::string read_until(HttpClient& client, const std::string& text) {
  std::string received;
  while (received.find(text) == std::string::npos) {
    const std::string more = client.socket().receive();
    if (more.empty()) break;
    received += more;
  }
  return received;
}

}  // namespace

TEST_CASE("A watch of the fleet's agents tells who comes and who goes", "[system]") {
  ServerProgram server("threads = 2\n");
  CHECK(server.get("/v2/fleet/agents") == "{}");
  HttpClient watch = server.client();
  watch.send_request("GET", "/v2/fleet/agents?watch=1");
  CHECK_THAT(read_until(watch, "data: {}\n\n"), Contains("id: 1\nevent: init\n"));
  {
    const AgentProgram agent(server.address(), "agent-1");
    CHECK_THAT(read_until(watch, "agent-1"), Contains("id: 2\nevent: update\n"));
    const HttpReply shown = server.client().get("/v2/fleet/agents?id=agent-1");
    CHECK_THAT(shown.body, Contains(R"("type":"example-agent")") && Contains(R"("since":)") &&
                               Contains(R"("address":"127.0.0.1")"));
    CHECK(server.get("/v2/fleet/agents?id=agent-2") == "{}");
    const std::string index(shown.header("X-Agent-Index"));
    CHECK(server.client().get("/v2/fleet/agents?id=agent-1&wait=100ms&index=" + index).body == shown.body);
  }
  CHECK_THAT(read_until(watch, "event: delete\ndata: {}\n\n"), Contains("id: 3\n"));
}

TEST_CASE("A watch of the fleet's tasks tells how a command fares", "[system]") {
  CommandPair pair;
  CommandClient client = pair.client();
  HttpClient watch = pair.server.client();
  watch.send_request("GET", "/v2/fleet/tasks?watch=1&agent=exec-1");
  CHECK_THAT(read_until(watch, "\n\n"), Contains("event: init\ndata: {}"));
  const std::string id = client.start("echo hello");
  CHECK_THAT(read_until(watch, R"("state":"done")"), Contains("exec-1/" + id) && Contains("echo hello"));
  CHECK(pair.server.get("/v2/fleet/tasks?agent=exec") == "{}");
}

TEST_CASE("A watch of the fleet's layouts counts their nodes", "[system]") {
  CommandPair pair;
  HttpClient watch = pair.server.client();
  watch.send_request("GET", "/v2/fleet/layouts?watch=1");
  CHECK_THAT(read_until(watch, "\n\n"), Contains("event: init\ndata: {}"));
  const std::string part = "--b\r\nContent-Disposition: form-data; name=";
  const std::string form = part + "\"file\"; filename=\"s.sh\"\r\n\r\nexit 9\r\n" + part +
                           "\"type\"\r\n\r\nsh\r\n" + part + "\"ids\"\r\n\r\nexec-1\r\n" + part +
                           "\"group\"\r\n\r\n1\r\n--b--\r\n";
  const HttpReply run = pair.server.client().request(
      "POST", "/api/layout/run", {{"Content-Type", "multipart/form-data; boundary=b"}}, form);
  INFO(run.body);
  CHECK_THAT(read_until(watch, R"("failed":1,"index":1,"nodes":1,"running":0,"waiting":0)"),
             Contains(json_at(run.body, "payload")));
}

TEST_CASE("An index of the fleet that an earlier server gave answers at once", "[system]") {
  ServerProgram server;
  const std::string before(server.client().get("/v2/fleet/agents").header("X-Agent-Index"));
  server.restart(SIGTERM);
  const HttpReply now = server.client().get("/v2/fleet/agents?wait=10m&index=" + before);
  CHECK(now.body == "{}");
  CHECK(std::stoll(std::string(now.header("X-Agent-Index"))) > std::stoll(before));
}

TEST_CASE("The fleet is looked at while somebody reads, and not otherwise", "[system]") {
  ServerProgram server;
  CHECK(server.get("/v2/fleet/agents") == "{}");
  const AgentProgram agent(server.address(), "agent-1");
  server.wait_for_agent("agent-1");
  CHECK_THAT(server.get("/v2/fleet/agents"), Contains("agent-1"));  // of a look that was made for it
}
