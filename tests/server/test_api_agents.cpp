#include <catch2/catch.hpp>

#include "tests/server/api_server.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::ScriptedAgent;
using test::stable;
using test::stay_silent;

namespace {

const std::string kWeb1 =
    R"({"id":"web-1","type":"exec-agent","version":"1.2.3","ip":"192.0.2.7","mac":"02:00:5e:10:00:01",)"
    R"("os":"linux","platform":"debian","arch":"x86_64","is_busy":false})";

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("The list has no payload when there are no agents", "[server]") {
  ApiServer server;
  CHECK(stable(server.get("/api/agents").body) == R"({"code":200})");
}

TEST_CASE("A connected agent is shown with what it said about itself", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("web-1", "exec-agent"), stay_silent);
  CHECK(stable(server.get("/api/agents").body) == R"({"code":200,"payload":[)" + kWeb1 + "]}");
  CHECK(stable(server.get("/api/agents/web-1").body) == R"({"code":200,"payload":)" + kWeb1 + "}");
}

TEST_CASE("An agent is shown with its last report, and the list is not", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("web-1", "exec-agent"), stay_silent,
                      R"({"type":7,"ai":{"v":"1.2.3","cu":12.5,"mu":1.5,"ts":4,"st":1772323200,"rcc":2}})");
  const auto at = [&](std::string_view path) {
    return test::json_at(server.get("/api/agents/web-1").body, "payload.report." + std::string(path));
  };
  test::wait_until("its report", [&] { return !at("cpu_percent").empty(); });
  CHECK(at("cpu_percent") == "12.5");
  CHECK(at("threads") == "4");
  CHECK(at("started") == "1772323200");
  CHECK(at("reconnects") == "2");
  CHECK(std::stoll(at("received")) > 1'600'000'000);
  CHECK(server.get("/api/agents").body.find("report") == std::string::npos);
}

TEST_CASE("An agent that is not connected is not found", "[server]") {
  ApiServer server;
  test::HttpReply reply = server.get("/api/agents/nobody");
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Type: application/json; charset=utf-8\r\n"));
  CHECK(stable(reply.body) == R"({"code":404,"msg":"not found: agent"})");
}

TEST_CASE("The list filters by type and by system", "[server]") {
  ApiServer server;
  ScriptedAgent a(server.port, come_as("a", "exec-agent"), stay_silent);
  ScriptedAgent b(server.port, come_as("b", "metrics-agent", "windows"), stay_silent);
  auto ids = [&](std::string_view query) {
    std::string body = server.get("/api/agents?" + std::string(query)).body;
    return std::string(body.find("\"id\":\"a\"") != std::string::npos ? "a" : "") +
           (body.find("\"id\":\"b\"") != std::string::npos ? "b" : "");
  };
  CHECK(ids("") == "ab");
  CHECK(ids("type=exec-agent") == "a");
  CHECK(ids("type=none") == "");
  CHECK(ids("os=windows") == "b");
  CHECK(ids("os=linux") == "a");
  CHECK(ids("os=plan9") == "ab");
  CHECK(ids("os=linux&type=metrics-agent") == "");
}

TEST_CASE("The list is sorted by id and cut into pages", "[server]") {
  ApiServer server;
  std::vector<std::unique_ptr<ScriptedAgent>> agents;
  for (char c = 'l'; c >= 'a'; --c) {  // twelve, in reverse
    agents.push_back(
        std::make_unique<ScriptedAgent>(server.port, come_as(std::string(1, c), "exec-agent"), stay_silent));
  }
  std::string first = server.get("/api/agents?size=10").body;
  CHECK(count(first, "\"id\"") == 10);
  CHECK(first.find("\"id\":\"a\"") < first.find("\"id\":\"b\""));
  std::string second = server.get("/api/agents?size=10&page=2").body;
  CHECK(count(second, "\"id\"") == 2);
  CHECK_THAT(second, Catch::Contains("\"id\":\"k\"") && Catch::Contains("\"id\":\"l\""));
  CHECK(stable(server.get("/api/agents?size=10&page=3").body) == R"({"code":200})");
  CHECK(stable(server.get("/api/agents?size=10&page=9223372036854775807").body) == R"({"code":200})");
  CHECK(count(server.get("/api/agents?size=9223372036854775807").body, "\"id\"") == 12);
}

TEST_CASE("Pages from 0, small sizes and words are bad parameters", "[server]") {
  ApiServer server;
  CHECK(stable(server.get("/api/agents?page=0").body) ==
        R"({"code":400,"msg":"bad param: page: 0 is less than 1"})");
  CHECK(stable(server.get("/api/agents?size=9").body) ==
        R"({"code":400,"msg":"bad param: size: 9 is less than 10"})");
  CHECK(stable(server.get("/api/agents?size=abc").body) ==
        R"({"code":400,"msg":"bad param: size: 'abc' is not an integer"})");
}

TEST_CASE("An unknown route is plain 404, a wrong method plain 405", "[server]") {
  ApiServer server;
  const test::HttpReply unknown = server.get("/api/nothing");
  CHECK(unknown.status == 404);
  CHECK_THAT(unknown.head, Catch::Contains("Content-Type: text/plain\r\n"));
  CHECK(unknown.body == "404 page not found");
  const test::HttpReply other = server.request("DELETE", "/api/agents");
  CHECK(other.status == 405);
  CHECK_THAT(other.head, Catch::Contains("Content-Type: text/plain\r\n") &&
                             Catch::Contains("Allow: GET, HEAD, OPTIONS\r\n"));
  CHECK(server.get("/api/agents/?page=1").status == 301);
  CHECK(server.request("POST", "/api/agents/x/call/").status == 307);
}
