#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "agent/error.hpp"
#include "tests/server/rig.hpp"

using namespace server;
using namespace std::chrono_literals;
using agent::Task;
using agent::wire::Handshake;
using Catch::Matchers::Contains;
using test::FakeAgent;
using test::Rig;

namespace {

const std::string kConnects = "agent_server_connects_total{result=";

Task<> registered(Rig& rig) {
  FakeAgent agent(rig);
  const Handshake answer = co_await agent.come("a-1");
  CHECK(answer.ok);
  CHECK(answer.id == "a-1");
  CHECK(answer.msg.empty());
  auto session = rig.hub.find("a-1");
  REQUIRE(session);
  CHECK(session->type() == "example-agent");
  CHECK(session->come().version == "1.0.0");
}

Task<> assigned(Rig& rig) {
  FakeAgent agent(rig);
  const Handshake answer = co_await agent.come("");
  CHECK(answer.ok);
  CHECK_THAT(answer.id, Catch::Matchers::Matches("agent-20[0-9]{6}-[0-9a-f]{16}"));
  CHECK(rig.hub.find(answer.id));
}

Task<> capable(Rig& rig) {
  FakeAgent agent(rig);
  const std::string come = R"({"type":1,"come":{"id":"a-1","caps":["sorcery","ack"]}})";
  const Handshake answer = co_await agent.say(come);
  CHECK(answer.caps == std::vector<std::string>{"ack"});
  auto session = rig.hub.find("a-1");
  REQUIRE(session);
  CHECK(session->has("ack"));
  CHECK_FALSE(session->has("sorcery"));
}

Task<> original(Rig& rig) {
  FakeAgent agent(rig);
  agent.socket->send(R"({"type":1,"come":{"id":"a-1"}})");
  const std::string answer = co_await agent.socket->read();
  CHECK(answer == R"({"type":2,"handshake":{"ok":true,"id":"a-1","msg":""}})");
  auto session = rig.hub.find("a-1");
  REQUIRE(session);
  CHECK_FALSE(session->has("ack"));
}

Task<> refused(Rig& rig, std::string first, std::string reason) {
  FakeAgent agent(rig);
  const Handshake answer = co_await agent.say(first);
  CHECK(!answer.ok);
  CHECK(answer.id.empty());
  CHECK_THAT(answer.msg, Contains(reason));
  CHECK_THAT(co_await agent.end(), Contains("1008"));
  CHECK(rig.hub.size() == 0);
}

Task<> too_large(Rig& rig) {
  FakeAgent agent(rig);
  const std::string first = R"({"type":1,"come":{"cpu":")" + std::string(70'000, 'x') + "\"}}";
  const Handshake answer = co_await agent.say(first);
  CHECK(!answer.ok);
  CHECK(answer.msg == "the first message has more than 65536 bytes");
  CHECK_THAT(co_await agent.end(), Contains("1009"));
  co_await test::ended(rig);
  CHECK(test::series(rig.metrics, kConnects + "\"bad_come\"}") == 1);
}

Task<> large_later(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a-1");
  auto session = rig.hub.find("a-1");
  REQUIRE(session);
  agent.socket->send(R"({"type":7,"ai":{"v":")" + std::string(1'000'000, 'x') + "\"}}");
  const auto reported = [&session] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);
}

Task<> late(Rig& rig) {
  FakeAgent agent(rig);
  agent::Envelope answer = co_await agent.read();
  CHECK_THAT(answer.payload<Handshake>().msg, Contains("no come message within"));
  agent.socket->send(R"({"type":1,"come":{"id":"a-1"}})");  // too late
  CHECK_THAT(co_await agent.end(), Contains("1008"));
  co_await test::ended(rig);
  CHECK(test::series(rig.metrics, kConnects + "\"no_come\"}") == 1);
  CHECK(rig.hub.size() == 0);
}

Task<> leaves_early(Rig& rig) {
  { FakeAgent agent(rig); }
  co_await test::ended(rig);
  CHECK(rig.hub.size() == 0);
}

Task<> live_duplicate(Rig& rig) {
  FakeAgent first(rig, rig.second);
  co_await first.come("a-1");
  rig.spawn(rig.loop, test::serve(&first));
  FakeAgent second(rig);
  const Handshake answer = co_await second.come("a-1", "metrics-agent");
  CHECK(!answer.ok);
  CHECK(answer.msg == "agent id conflict");
  co_await second.end();
  REQUIRE(rig.hub.find("a-1"));
  CHECK(rig.hub.find("a-1")->type() == "example-agent");
  CHECK(test::series(rig.metrics, kConnects + "\"conflict\"}") == 1);
  co_await test::finish(rig);
}

Task<> silent_incumbent(Rig& rig) {
  FakeAgent first(rig, rig.second);  // answers no ping: it does not read
  co_await first.come("a-1");
  auto old = rig.hub.find("a-1");
  FakeAgent second(rig);
  const Handshake answer = co_await second.come("a-1");
  CHECK(answer.ok);
  CHECK(rig.hub.find("a-1") != old);
  CHECK_THAT(co_await first.end(), Contains("1000 the agent connected again"));
  const auto is_over = [&old] { return old.use_count() == 1; };
  co_await test::until(rig.loop, is_over);
  co_await test::ended(rig, 1);  // the end of the first did not remove the second
  CHECK(test::series(rig.metrics, kConnects + "\"taken_over\"}") == 1);
}

Task<> same_process(Rig& rig) {
  FakeAgent first(rig, rig.second);
  co_await first.come("a-1", "example-agent", "nonce");
  auto old = rig.hub.find("a-1");
  rig.spawn(rig.loop, test::serve(&first));  // it would answer
  FakeAgent second(rig);
  const Handshake answer = co_await second.come("a-1", "example-agent", "nonce");
  CHECK(answer.ok);
  const auto is_over = [&old] { return old.use_count() == 1; };
  co_await test::until(rig.loop, is_over);
  co_await test::ended(rig, 1);
}

Task<> come_and_serve(FakeAgent* agent, int* accepted, int* refused) {
  const Handshake answer = co_await agent->come("a-1");
  ++*(answer.ok ? accepted : refused);
  co_await test::serve(agent);
}

// Both find the incumbent silent.
Task<> two_newcomers(Rig& rig) {
  FakeAgent first(rig);
  co_await first.come("a-1");
  FakeAgent second(rig, rig.second);
  FakeAgent third(rig);
  int accepted = 0;
  int refused = 0;
  rig.spawn(rig.loop, come_and_serve(&second, &accepted, &refused));
  rig.spawn(rig.loop, come_and_serve(&third, &accepted, &refused));
  const auto answered_both = [&] { return accepted + refused == 2; };
  co_await test::until(rig.loop, answered_both);
  CHECK(accepted == 1);
  CHECK(rig.hub.size() == 1);
  co_await test::finish(rig);
}

// How long an incumbent may take to answer a ping.
HubOptions probing(std::chrono::milliseconds probe) {
  HubOptions options;
  options.probe = probe;
  return options;
}

}  // namespace

TEST_CASE("An agent that says come is registered before it is answered", "[server]") {
  Rig rig;
  rig.run(registered(rig));
}

TEST_CASE("An agent without an id is given one", "[server]") {
  Rig rig;
  rig.run(assigned(rig));
}

TEST_CASE("What agent and server both name is in force in the session", "[server]") {
  Rig rig;
  rig.run(capable(rig));
}

TEST_CASE("An agent that offers no capability is answered as originals do", "[server]") {
  Rig rig;
  rig.run(original(rig));
}

TEST_CASE("A first message that is no come is refused with the reason", "[server]") {
  const auto [first, reason] = GENERATE(table<std::string, std::string>({
      {R"({"type":8,"tid":"t"})", "the first message is of type 8, not 1 (come)"},
      {R"({"type":1})", "come: the payload is missing"},
      {R"({"type":1,"come":null})", "come: the payload is missing"},
      {R"({"type":1,"come":{"id":"a","ip":"fe80::1%eth0"}})", "come: ip:"},
      {R"({"type":1,"come":{"id":"a/b"}})", "come: id: contains '/'"},
      {"{\"type\":1,\"come\":{\"id\":\"a\\u0007b\"}}", "come: id: contains a control character"},
      {R"({"type":1,"come":{"id":")" + std::string(10'000, 'x') + "\"}}", "come: id: longer than 256 bytes"},
      {R"({"type":1,"come":{"cpu_core":-1}})", "come: cpu_core:"},
      {std::string(10'000, '[') + std::string(10'000, ']'), "nested too deeply"},
      {"GET / HTTP/1.1", "JSON: offset 0"},
  }));
  Rig rig;
  rig.run(refused(rig, first, reason));
}

TEST_CASE("A first message beyond 64 KiB is refused with the reason", "[server]") {
  Rig rig;
  rig.run(too_large(rig));
}

TEST_CASE("What follows the first message may be as large as max_message", "[server]") {
  Rig rig;
  rig.run(large_later(rig));
}

TEST_CASE("An agent whose first message is late is told so", "[server]") {
  HubOptions options;
  options.first_message = 50ms;
  Rig rig(options);
  rig.run(late(rig));
}

TEST_CASE("An agent that leaves before it said anything leaves nothing behind", "[server]") {
  Rig rig;
  rig.run(leaves_early(rig));
}

TEST_CASE("A second agent under the id of a live one is refused", "[server]") {
  Rig rig;
  rig.run(live_duplicate(rig));
}

TEST_CASE("A newcomer takes over the id of a session that answers no ping", "[server]") {
  Rig rig(probing(100ms));
  rig.run(silent_incumbent(rig));
}

TEST_CASE("The same process takes over its own session at once", "[server]") {
  Rig rig(probing(1h));
  rig.run(same_process(rig));
}

TEST_CASE("Exactly one of two newcomers gets a dead session's id", "[server]") {
  Rig rig(probing(200ms));
  rig.run(two_newcomers(rig));
}
