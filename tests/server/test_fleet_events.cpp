#include <catch2/catch.hpp>
#include <string>

#include "tests/server/api_server.hpp"
#include "tests/support/json_text.hpp"

using Catch::Contains;
using test::ApiServer;
using test::come_as;
using test::json_at;
using test::RawClient;
using test::ScriptedAgent;
using test::stay_silent;

namespace {

// One client that follows, line by line.
class Follower {
 public:
  explicit Follower(const ApiServer& server, const std::string& query = {}) : client_(server.port) {
    client_.send("GET /api/fleet/events" + query +
                 " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: application/x-ndjson\r\n\r\n");
    head = client_.read_until("\r\n\r\n");
  }
  std::string line() { return client_.read_until("\n"); }
  // The next line of an event.
  std::string line(const std::string& event) {
    for (;;) {
      std::string next = line();
      if (next.empty() || json_at(next, "event") == event) return next;
    }
  }

  std::string head;

 private:
  RawClient client_;
};

}  // namespace

TEST_CASE("Whoever follows the fleet hears of all agents, then of each that comes and goes", "[server]") {
  ApiServer server;
  ScriptedAgent first(server.port, come_as("a", "exec-agent"), stay_silent);
  Follower follower(server);
  const std::string all = follower.line();
  CHECK(json_at(all, "event") == "come");
  CHECK(json_at(all, "data.0.id") == "a");
  CHECK(json_at(all, "data.0.type") == "exec-agent");
  CHECK(std::stoll(json_at(all, "data.0.since")) > 1'600'000'000);
  CHECK(json_at(follower.line(), "data.agents") == "1");

  ScriptedAgent second(server.port, come_as("b", "exec-agent"), stay_silent);
  CHECK(json_at(follower.line("come"), "data.0.id") == "b");
  CHECK(json_at(follower.line(), "data.agents") == "2");
  first.leave();
  CHECK(json_at(follower.line("gone"), "data.0") == "a");
  CHECK(json_at(follower.line("whole"), "data.agents") == "1");
}

TEST_CASE("An agent that has another session is told again", "[server]") {
  ApiServer server;
  auto agent = std::make_unique<ScriptedAgent>(server.port, come_as("a", "exec-agent"), stay_silent);
  Follower follower(server);
  follower.line("whole");
  agent.reset();
  agent = std::make_unique<ScriptedAgent>(server.port, come_as("a", "metrics-agent"), stay_silent);
  CHECK_THAT(follower.line("come"), Contains("metrics-agent"));
}

TEST_CASE("A selector decides whom a follower of the fleet hears of", "[server]") {
  ApiServer server;
  ScriptedAgent a(server.port, come_as("a", "exec-agent"), stay_silent);
  ScriptedAgent b(server.port, come_as("b", "metrics-agent"), stay_silent);
  Follower follower(server, "?where=type%3Dmetrics-agent");
  const std::string all = follower.line();
  CHECK(json_at(all, "data.0.id") == "b");
  CHECK_THAT(all, !Contains("\"a\""));
  CHECK_THAT(server.get("/api/fleet/events?where=nmae%3Dx").body, Contains("did you mean 'name'?"));
}

TEST_CASE("A fleet in which nothing happens says that it is still there", "[server]") {
  ApiServer server(100, test::shards(), {}, {}, {}, std::chrono::milliseconds(20));
  Follower follower(server);
  CHECK(json_at(follower.line(), "event") == "whole");
  CHECK(json_at(follower.line(), "event") == "wait");
}

TEST_CASE("The followers of the fleet have a limit", "[server]") {
  ApiServer server;
  std::vector<std::unique_ptr<Follower>> followers;
  for (int i = 0; i < 64; ++i) followers.push_back(std::make_unique<Follower>(server));
  CHECK_THAT(Follower(server).head, Contains(" 429 "));
  followers.pop_back();
  test::wait_until("a place is free",
                   [&] { return Follower(server).head.find(" 200 ") != std::string::npos; });
}
