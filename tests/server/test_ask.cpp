#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "agent/wire/logs.hpp"
#include "hub/ask.hpp"
#include "tests/server/answered_calls.hpp"

using namespace server;
using namespace std::chrono_literals;
using namespace test;
using agent::Errc;
using agent::Task;
using agent::net::Loop;
using agent::wire::Bar;
using agent::wire::Foo;
using agent::wire::LogList;
using agent::wire::LogListRequest;

namespace {

Task<> round_trip(Rig& rig, Loop* session_loop) {
  FakeAgent agent(rig, *session_loop);
  co_await agent.come("a");
  rig.spawn(rig.loop, answer(&agent, kBar));
  const Foo foo;
  for (int i = 0; i < 100; ++i) co_await ask<Bar>(rig.hub, "a", "example-agent", foo);
  CHECK(test::series(rig.metrics, result("ok")) == 100);
  co_await test::finish(rig);
}

Task<> absent(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a", "metrics-agent");
  const Foo foo;
  Outcome out = co_await outcome(ask<Bar>(rig.hub, "b", "example-agent", foo));
  CHECK(out.code == Errc::not_found);
  CHECK(out.text == "agent");
  out = co_await outcome(ask<Bar>(rig.hub, "a", "example-agent", foo));
  CHECK(out.code == Errc::wrong_type);
  CHECK(out.text == "invalid agent type want [example-agent] got [metrics-agent]");
}

template <class Reply, class Request>
Task<> answered(Rig& rig, std::string text, Errc code, std::string message) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  rig.spawn(rig.loop, answer(&agent, text));
  const Request request;
  Outcome out = co_await outcome(ask<Reply>(rig.hub, "a", "", request));
  CHECK(out.code == code);
  CHECK(out.text == message);
  CHECK(rig.hub.find("a"));  // the session lives on
  co_await test::finish(rig);
}

Task<> unanswered(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  const Foo foo;
  Outcome out = co_await outcome(ask<Bar>(rig.hub, "a", "", foo, 50ms));
  CHECK(out.code == Errc::timeout);
  CHECK(out.text == "timeout");
  CHECK(test::series(rig.metrics, result("timeout")) == 1);

  agent::Envelope request = co_await agent.read();
  const std::string late = fmt::format(R"({{"type":9,"tid":"{}"}})", request.tid());
  agent.socket->send(late);
  agent.socket->send(late);
  const auto arrived = [&] { return rig.hub.find("a")->traffic().in_packets == 2; };
  co_await test::until(rig.loop, arrived);
  CHECK(test::series(rig.metrics, "agent_server_replies_dropped_total{reason=\"unknown_tid\"}") == 2);

  rig.spawn(rig.loop, answer(&agent, kBar));  // and the next call is served as ever
  co_await ask<Bar>(rig.hub, "a", "", foo);
  co_await test::finish(rig);
}

Task<> doubled(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  rig.spawn(rig.loop, answer(&agent, kBar, 2));
  const Foo foo;
  for (int i = 0; i < 6; ++i) co_await ask<Bar>(rig.hub, "a", "", foo);
  CHECK(test::series(rig.metrics, result("ok")) == 6);
  co_await test::finish(rig);
}

// Leaves once the request is there.
Task<> vanish(FakeAgent* agent) {
  co_await agent->read();
  agent->socket.reset();
}

Task<> agent_leaves(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  rig.spawn(rig.loop, vanish(&agent));
  const Foo foo;
  Outcome out = co_await outcome(ask<Bar>(rig.hub, "a", "", foo));
  CHECK(out.code == Errc::disconnected);
  CHECK_FALSE(out.text.empty());
  CHECK(test::series(rig.metrics, result("disconnected")) == 1);
}

Task<> server_stops(Rig& rig) {
  OpenCall open(rig, rig.second);
  co_await open.open();
  rig.hub.stop();
  Outcome out = co_await outcome(open.call->next());
  CHECK(out.code == Errc::cancelled);
  CHECK(out.text == "server is stopping");
}

Task<> client(Rig& rig, int rounds, int* done) {
  const Foo foo;
  for (int i = 0; i < rounds; ++i) {
    const std::string id = i % 2 == 0 ? "a0" : "a1";
    co_await ask<Bar>(rig.hub, id, "", foo);
  }
  ++*done;
}

// Callers side by side, of agents that two loops accepted.
Task<> crowd(Rig& rig) {
  FakeAgent first(rig, rig.loop);
  FakeAgent second(rig, rig.second);
  co_await first.come("a0");
  co_await second.come("a1");
  rig.spawn(rig.loop, answer(&first, kBar));
  rig.spawn(rig.loop, answer(&second, kBar));
  int done = 0;
  for (int i = 0; i < 16; ++i) rig.spawn(rig.loop, client(rig, 200, &done));
  const auto finished = [&] { return done == 16; };
  co_await test::until(rig.loop, finished);
  CHECK(test::series(rig.metrics, result("ok")) == 16 * 200);
  co_await test::finish(rig);
}

}  // namespace

TEST_CASE("A question is answered, whichever loop has accepted the agent", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  rig.run(round_trip(rig, same ? &rig.loop : &rig.second));
}

TEST_CASE("A question to an agent that is not there, or of another type, fails with the reason", "[server]") {
  Rig rig;
  rig.run(absent(rig));
}

TEST_CASE("An error reply is a refusal with the agent's text", "[server]") {
  Rig rig;
  rig.run(answered<Bar, Foo>(rig, R"({"type":0,"tid":"%tid%","errmsg":"no such thing"})", Errc::refused,
                             "no such thing"));
}

TEST_CASE("A reply of another type is an error that names the type", "[server]") {
  Rig rig;
  rig.run(
      answered<Bar, Foo>(rig, R"({"type":35,"tid":"%tid%"})", Errc::bad_message, "invalid message type: 35"));
}

TEST_CASE("A reply without its payload is an error, not a crash", "[server]") {
  Rig rig;
  rig.run(answered<LogList, LogListRequest>(rig, R"({"type":10001,"tid":"%tid%"})", Errc::bad_message,
                                            "ls_log: the payload is missing"));
}

TEST_CASE("A question times out, and its late replies are dropped", "[server]") {
  Rig rig;
  rig.run(unanswered(rig));
}

TEST_CASE("A doubled reply disturbs no later call", "[server]") {
  Rig rig;
  rig.run(doubled(rig));
}

TEST_CASE("An agent that goes away ends its calls with the reason", "[server]") {
  Rig rig;
  rig.run(agent_leaves(rig));
}

TEST_CASE("A server that stops ends its calls with the reason", "[server]") {
  Rig rig;
  rig.run(server_stops(rig));
}

TEST_CASE("Many calls at once are all answered", "[server]") {
  Rig rig;
  rig.run(crowd(rig));
}
