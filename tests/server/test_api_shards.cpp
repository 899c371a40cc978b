// Agents and clients of several shards.
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hub/place.hpp"
#include "tests/server/api_server.hpp"
#include "tests/support/frame.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::RawClient;
using test::ScriptedAgent;
using test::stable;
using test::stay_silent;

namespace {

constexpr int kAgents = 8;  // enough that each of four shards has one

std::string id_of(int agent) { return "e-" + std::to_string(agent); }

// Answers every call with its name.
std::unique_ptr<ScriptedAgent> talkative(std::uint16_t port, const std::string& id) {
  return std::make_unique<ScriptedAgent>(
      port, come_as(id, "example-agent"), [id](const agent::Envelope& message, const auto& send) {
        if (message.type() == 8) send(agent::encode_message(agent::wire::Bar{}, message.tid()));
        if (message.type() == 1000)
          send(R"({"type":1001,"tid":")" + std::string(message.tid()) + R"(","from":")" + id + "\"}");
        return true;
      });
}

std::vector<std::unique_ptr<ScriptedAgent>> all_agents(std::uint16_t port) {
  std::vector<std::unique_ptr<ScriptedAgent>> agents;
  for (int i = 0; i < kAgents; ++i) agents.push_back(talkative(port, id_of(i)));
  return agents;
}

std::string call(const std::string& id) {
  const std::string body = R"({"type":1000})";
  return "POST /api/agents/" + id +
         "/call HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string& target) { return "GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

std::size_t shard_of(const ApiServer& server, const std::string& id) {
  return server::shard_of(id, server.shard_count());
}

const std::string kUpgrade =
    "GET /ws/agent HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

TEST_CASE("Every shard has its agents, and an id the same one whenever it comes", "[server][shards]") {
  std::vector<int> agents(4);
  for (int i = 0; i < 4000; ++i) ++agents[server::shard_of("host-" + std::to_string(i), 4)];
  for (const int count : agents) {
    CHECK(count > 800);
    CHECK(count < 1200);
  }
  static_assert(server::shard_of("db-1", 4) == server::shard_of("db-1", 4));
  static_assert(server::shard_of("db-1", 1) == 0);
}

TEST_CASE("Calls to agents of different shards on one connection are answered in order", "[server][shards]") {
  ApiServer server;
  const auto agents = all_agents(server.port);
  RawClient client(server.port);
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += call(id_of(i % kAgents));
  client.send(requests);
  for (int i = 0; i < 100; ++i)
    REQUIRE_THAT(client.read_response(), Catch::Contains("\"from\":\"" + id_of(i % kAgents) + "\""));
}

TEST_CASE("A session is on the shard of its agent, whichever loop accepted it", "[server][shards]") {
  ApiServer server;
  const auto agents = all_agents(server.port);
  for (int i = 0; i < kAgents; ++i) {
    const auto session = server.hub().find(id_of(i));
    REQUIRE(session);
    CHECK(&session->home() == server.hub().shards()[shard_of(server, id_of(i))].get());
  }
  CHECK(server.hub().list().size() == kAgents);
}

TEST_CASE("An agent that comes back while it is called ends those calls and serves the next ones",
          "[server][shards]") {
  ApiServer server;
  for (int i = 0; i < kAgents; ++i) {
    std::promise<void> asked;
    ScriptedAgent first(server.port, come_as(id_of(i), "example-agent"), [&](const auto&, const auto&) {
      asked.set_value();
      return true;
    });
    auto reply = std::async(std::launch::async, [&] { return server.get("/api/foo/" + id_of(i)).body; });
    REQUIRE(asked.get_future().wait_for(std::chrono::seconds(15)) == std::future_status::ready);
    first.leave();
    const auto second = talkative(server.port, id_of(i));
    CHECK_THAT(reply.get(), Catch::StartsWith(R"({"code":500,"msg":")"));
    CHECK(stable(server.get("/api/foo/" + id_of(i)).body) == R"({"code":200})");
  }
}

TEST_CASE("What an agent sends right behind its upgrade reaches its session on its shard",
          "[server][shards]") {
  ApiServer server;
  std::vector<std::unique_ptr<RawClient>> agents;
  for (int i = 0; i < kAgents; ++i) {
    agents.push_back(std::make_unique<RawClient>(server.port));
    const std::string come = R"({"type":1,"come":{"id":")" + id_of(i) + "\"}}";
    agents.back()->send(kUpgrade + test::encode_frame({.payload = come}, true) +
                        test::encode_frame({.payload = R"({"type":7,"ai":{"v":"3.2.1"}})"}, true));
  }
  for (int i = 0; i < kAgents; ++i) {
    test::wait_until("a report of " + id_of(i), [&] {
      const auto session = server.hub().find(id_of(i));
      return session && session->report() != nullptr;
    });
  }
}

TEST_CASE("Many clients of one agent are all served", "[server][shards]") {
  ApiServer server;
  const auto agent = talkative(server.port, "e-hot");
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::async(std::launch::async, [&server] {
      RawClient client(server.port);
      int answered = 0;
      for (int n = 0; n < 30; ++n) {
        client.send(get("/api/foo/e-hot"));
        if (client.read_response().find("\"code\":200") != std::string::npos) ++answered;
      }
      return answered;
    }));
  }
  for (auto& client : clients) CHECK(client.get() == 30);
}

TEST_CASE("A shard that stands still holds up neither the calls of another one nor lists",
          "[server][shards]") {
  ApiServer server;
  if (server.shard_count() == 1) return;
  const auto agents = all_agents(server.port);
  int here = 0;
  while (shard_of(server, id_of(here)) != 0) ++here;
  int there = 0;
  while (shard_of(server, id_of(there)) != 1) ++there;
  RawClient client(server.port);
  client.send(get("/api/foo/" + id_of(here)));
  client.read_response();  // the connection is on the first shard now
  std::promise<void> stands;
  std::promise<void> go_on;
  server.hub().shards()[1]->loop().post([&] {
    stands.set_value();
    go_on.get_future().wait();
  });
  stands.get_future().wait();
  client.send(get("/api/foo/" + id_of(here)) + get("/api/agents?size=50") + get("/metrics"));
  CHECK_THAT(client.read_response(), Catch::Contains("\"code\":200"));
  CHECK_THAT(client.read_response(), Catch::Contains(id_of(there)));
  CHECK_THAT(client.read_response(), Catch::Contains("agent_server_sessions 8"));
  go_on.set_value();
}

TEST_CASE("Jobs of all metrics-agents are changed on every shard", "[server][shards]") {
  ApiServer server;
  std::vector<std::unique_ptr<ScriptedAgent>> agents;
  for (int i = 0; i < kAgents; ++i)
    agents.push_back(
        std::make_unique<ScriptedAgent>(server.port, come_as(id_of(i), "metrics-agent"), stay_silent));
  const auto reply =
      server.request("PUT", "/api/metrics/status", "Content-Type: application/json\r\n", R"({"start":true})");
  CHECK_THAT(reply.body, Catch::Contains("\"total\":8") && Catch::Contains("\"success\":8"));
}

TEST_CASE("A server may end while every shard has work", "[server][shards]") {
  std::atomic<int> asked{0};
  std::vector<std::unique_ptr<RawClient>> clients;
  std::vector<std::unique_ptr<ScriptedAgent>> agents;
  {
    ApiServer server;
    for (int i = 0; i < kAgents; ++i) {
      agents.push_back(std::make_unique<ScriptedAgent>(server.port, come_as(id_of(i), "example-agent"),
                                                       [&asked](const auto&, const auto&) {
                                                         ++asked;
                                                         return true;
                                                       }));
      clients.push_back(std::make_unique<RawClient>(server.port));
      clients.back()->send(get("/api/foo/" + id_of(i)));
      clients.push_back(std::make_unique<RawClient>(server.port));
      clients.back()->send(get("/api/agents/" + id_of(i) + "/events"));
      clients.back()->read_until("\r\n\r\n");
    }
    test::wait_until("the calls", [&] { return asked == kAgents; });
  }
  for (auto& client : clients) client->read_all();
}
