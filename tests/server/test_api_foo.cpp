#include <catch2/catch.hpp>

#include "tests/server/api_server.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::ScriptedAgent;
using test::stable;
using test::stay_silent;

namespace {

bool answer_bar(const agent::Envelope& message, const ScriptedAgent::Send& send) {
  if (message.type() == 8) send(agent::encode_message(agent::wire::Bar{}, message.tid()));
  return true;
}

}  // namespace

TEST_CASE("foo comes back without a payload", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("e-1", "example-agent"), answer_bar);
  CHECK(stable(server.get("/api/foo/e-1").body) == R"({"code":200})");
}

TEST_CASE("foo reaches agents on every loop from connections on every loop", "[server]") {
  ApiServer server;
  ScriptedAgent one(server.port, come_as("e-1", "example-agent"), answer_bar);
  ScriptedAgent two(server.port, come_as("e-2", "example-agent"), answer_bar);
  for (int i = 0; i < 20; ++i) {
    CHECK(stable(server.get("/api/foo/e-1").body) == R"({"code":200})");
    CHECK(stable(server.get("/api/foo/e-2").body) == R"({"code":200})");
  }
}

TEST_CASE("foo to nobody is 404, to another type 424", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("x-1", "exec-agent"), stay_silent);
  CHECK(stable(server.get("/api/foo/nobody").body) == R"({"code":404,"msg":"not found: agent"})");
  CHECK(stable(server.get("/api/foo/x-1").body) ==
        R"({"code":424,"msg":"invalid agent type want [example-agent] got [exec-agent]"})");
}

TEST_CASE("An agent's error is 503 with its text, a strange reply 500", "[server]") {
  ApiServer server;
  ScriptedAgent refusing(server.port, come_as("e-1", "example-agent"),
                         [](const auto& message, const auto& send) {
                           send(agent::encode_error("out of bars", message.tid()));
                           return true;
                         });
  ScriptedAgent strange(server.port, come_as("e-2", "example-agent"),
                        [](const auto& message, const auto& send) {
                          send(R"({"type":77,"tid":")" + std::string(message.tid()) + R"("})");
                          return true;
                        });
  CHECK(stable(server.get("/api/foo/e-1").body) == R"({"code":503,"msg":"out of bars"})");
  CHECK(stable(server.get("/api/foo/e-2").body) == R"({"code":500,"msg":"invalid message type: 77"})");
}

TEST_CASE("An agent that hangs up in the middle of a call ends it with a reason", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("e-1", "example-agent"),
                      [](const auto&, const auto&) { return false; });
  std::string body = server.get("/api/foo/e-1").body;
  CHECK_THAT(body, Catch::StartsWith(R"({"code":500,"msg":")"));
  CHECK_THAT(body, !Catch::Contains(R"("msg":"")"));
}

TEST_CASE("A client that resets its connection cancels the call it waits for", "[server]") {
  ApiServer server;
  std::promise<void> asked;
  ScriptedAgent agent(server.port, come_as("e-1", "example-agent"), [&](const auto&, const auto&) {
    asked.set_value();
    return true;
  });
  test::RawClient client(server.port);
  client.send("GET /api/foo/e-1 HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(asked.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  client.reset();
  const std::string cancelled = "agent_server_calls_total{result=\"cancelled\"} 1\n";
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::string metrics;
  while (metrics.find(cancelled) == std::string::npos && std::chrono::steady_clock::now() < deadline) {
    metrics = server.get("/metrics").body;
  }
  CHECK_THAT(metrics, Catch::Contains(cancelled));
}

TEST_CASE("A path parameter may hold an encoded slash", "[server]") {
  ApiServer server;
  CHECK(stable(server.get("/api/foo/a%2Fb").body) == R"({"code":404,"msg":"not found: agent"})");
}
