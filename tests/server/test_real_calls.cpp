// POST /api/agents/{id}/call with an agent of our own at the other end.
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <string>

#include "tests/server/api_server.hpp"
#include "tests/server/real_agent.hpp"
#include "tests/support/stable.hpp"

using namespace std::chrono_literals;
using test::ApiServer;
using test::RawClient;
using test::RealAgent;
using test::stable;
using test::Step;
using test::Work;

namespace {

std::string call(ApiServer& server, std::string_view body) {
  return stable(server.request("POST", "/api/agents/real/call", "", body).body);
}

// What a handler tells a test.
struct Told {
  std::promise<void> begun;
  std::promise<agent::Errc> ended;

  void wait_for_begin() { REQUIRE(begun.get_future().wait_for(15s) == std::future_status::ready); }
  agent::Errc wait_for_end() {
    std::future<agent::Errc> end = ended.get_future();
    REQUIRE(end.wait_for(15s) == std::future_status::ready);
    return end.get();
  }
};

agent::Task<> work_for_ever(Told* told, agent::Call) {
  told->begun.set_value();
  try {
    co_await agent::Agent::pause(1h);
  } catch (const agent::Error& error) {
    told->ended.set_value(error.code());
    throw;
  }
}

agent::Task<> work_on(Told* told, agent::Call call) {
  call.keep();
  told->begun.set_value();
  while (!call.cancelled()) co_await agent::Agent::pause(1ms);
  co_await agent::Agent::pause(1ms);
  told->ended.set_value(agent::Errc{});
}

// A server with an agent whose handler is `work`.
struct Scene {
  using Handler = agent::Task<> (*)(Told*, agent::Call);
  explicit Scene(Handler work)
      : real(server.port, "real", [this, work](agent::Agent& agent) {
          agent.on<Work>([this, work](Work, agent::Call call) { return work(&told, call); });
        }) {}

  ApiServer server;
  Told told;
  RealAgent real;
};

void send_call(RawClient& client, std::string_view body) {
  client.send("POST /api/agents/real/call HTTP/1.1\r\nHost: x\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

}  // namespace

TEST_CASE("A type that no handler of an agent serves is 424 at once", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent& agent) {
    agent.on<Work>([](const Work& work) { return Step{work.steps}; });
  });
  CHECK(call(server, R"({"type":4711,"timeout":3600})") ==
        R"({"code":424,"msg":"the agent serves no messages of type 4711"})");
  CHECK(call(server, R"({"type":1001,"work":{"steps":3}})") ==
        R"({"code":200,"payload":{"type":1002,"step":{"number":3}}})");
}

TEST_CASE("A client that leaves ends the handler at the agent", "[server]") {
  Scene scene(work_for_ever);
  RawClient client(scene.server.port);
  send_call(client, R"({"type":1001,"work":{},"timeout":3600})");
  scene.told.wait_for_begin();
  client.reset();
  CHECK(scene.told.wait_for_end() == agent::Errc::cancelled);
}

TEST_CASE("A call whose time is over ends the handler at the agent", "[server]") {
  Scene scene(work_for_ever);
  CHECK(call(scene.server, R"({"type":1001,"work":{},"timeout":1})") == R"({"code":504,"msg":"timeout"})");
  CHECK(scene.told.wait_for_end() == agent::Errc::cancelled);
}

TEST_CASE("A handler that keeps its call learns that the client has left, and goes on", "[server]") {
  Scene scene(work_on);
  RawClient client(scene.server.port);
  send_call(client, R"({"type":1001,"work":{},"timeout":3600})");
  scene.told.wait_for_begin();
  client.reset();
  CHECK(scene.told.wait_for_end() == agent::Errc{});
}
