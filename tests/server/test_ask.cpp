#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "agent/error.hpp"
#include "agent/wire/logs.hpp"
#include "hub/ask.hpp"
#include "tests/server/rig.hpp"

using namespace server;
using namespace std::chrono_literals;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Loop;
using agent::wire::Bar;
using agent::wire::Foo;
using agent::wire::LogList;
using agent::wire::LogListRequest;
using test::FakeAgent;
using test::Rig;

namespace {

// Result and text of a call, "" = ok.
struct Outcome {
  Errc code{};
  std::string text;
};

template <class Reply>
Task<Outcome> outcome(Task<Reply> call) {
  Outcome out;
  try {
    co_await std::move(call);
  } catch (const Error& error) {
    out = Outcome{error.code(), error.what()};
  }
  co_return out;
}

std::string result(const char* name) {
  return fmt::format("agent_server_calls_total{{result=\"{}\"}}", name);
}

// Answers every request with `text`, where %tid% is the request's.
Task<> answer(FakeAgent* agent, std::string text, int times = 1) {
  try {
    for (;;) {
      agent::Envelope request = co_await agent->read();
      std::string reply = text;
      const std::size_t place = reply.find("%tid%");
      if (place != std::string::npos) reply.replace(place, 5, request.tid());
      for (int i = 0; i < times; ++i) agent->socket->send(reply);
    }
  } catch (const Error&) {
  }
}

constexpr const char* kBar = R"({"type":9,"tid":"%tid%"})";

Task<> round_trip(Rig& rig, Loop* session_loop) {
  FakeAgent agent(rig, *session_loop);
  co_await agent.come("a");
  rig.spawn(rig.loop, answer(&agent, kBar));
  const Foo foo;
  for (int i = 0; i < 100; ++i) co_await ask<Bar>(rig.hub, rig.loop, "a", "example-agent", foo);
  CHECK(test::series(rig.metrics, result("ok")) == 100);
  co_await test::finish(rig);
}

Task<> absent(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a", "metrics-agent");
  const Foo foo;
  Outcome out = co_await outcome(ask<Bar>(rig.hub, rig.loop, "b", "example-agent", foo));
  CHECK(out.code == Errc::not_found);
  CHECK(out.text == "agent");
  out = co_await outcome(ask<Bar>(rig.hub, rig.loop, "a", "example-agent", foo));
  CHECK(out.code == Errc::wrong_type);
  CHECK(out.text == "invalid agent type want [example-agent] got [metrics-agent]");
}

template <class Reply, class Request>
Task<> answered(Rig& rig, std::string text, Errc code, std::string message) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  rig.spawn(rig.loop, answer(&agent, text));
  const Request request;
  Outcome out = co_await outcome(ask<Reply>(rig.hub, rig.loop, "a", "", request));
  CHECK(out.code == code);
  CHECK(out.text == message);
  CHECK(rig.hub.find("a"));  // the session lives on
  co_await test::finish(rig);
}

Task<> unanswered(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  const Foo foo;
  Outcome out = co_await outcome(ask<Bar>(rig.hub, rig.loop, "a", "", foo, 50ms));
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
  co_await ask<Bar>(rig.hub, rig.loop, "a", "", foo);
  co_await test::finish(rig);
}

Task<> doubled(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  rig.spawn(rig.loop, answer(&agent, kBar, 2));
  const Foo foo;
  for (int i = 0; i < 6; ++i) co_await ask<Bar>(rig.hub, rig.loop, "a", "", foo);
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
  Outcome out = co_await outcome(ask<Bar>(rig.hub, rig.loop, "a", "", foo));
  CHECK(out.code == Errc::disconnected);
  CHECK_FALSE(out.text.empty());
  CHECK(test::series(rig.metrics, result("disconnected")) == 1);
}

// The session was found, then lost, then called.
Task<> called_too_late(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  auto session = rig.hub.find("a");
  agent.socket.reset();
  co_await test::ended(rig);
  Call call(rig.hub, rig.loop, session);
  const Foo foo;
  call.send(foo);
  Outcome out = co_await outcome(call.next());
  CHECK(out.code == Errc::disconnected);
}

Task<> server_stops(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  Call call(rig.hub, rig.loop, rig.hub.find("a"));
  const Foo foo;
  call.send(foo);
  co_await agent.read();
  rig.hub.stop();
  Outcome out = co_await outcome(call.next());
  CHECK(out.code == Errc::cancelled);
  CHECK(out.text == "server is stopping");
}

Task<> stream(Rig& rig, Loop* session_loop) {
  FakeAgent agent(rig, *session_loop);
  co_await agent.come("a");
  Call call(rig.hub, rig.loop, rig.hub.find("a"));
  const Foo foo;
  call.send(foo);
  agent::Envelope request = co_await agent.read();
  CHECK(request.tid() == call.tid());
  for (int i = 0; i < 64; ++i) {
    agent.socket->send(fmt::format(R"({{"type":{},"tid":"{}"}})", 1000 + i, call.tid()));
  }
  auto session = rig.hub.find("a");
  const auto arrived = [&] { return session->traffic().in_packets == 64; };
  co_await test::until(rig.loop, arrived);
  for (int i = 0; i < 64; ++i) {
    agent::Envelope reply = co_await call.next();
    REQUIRE(reply.type() == 1000 + i);
  }
  call.send(foo);  // a further message of the same call
  request = co_await agent.read();
  CHECK(request.tid() == call.tid());
}

Task<> overflow(Rig& rig, Loop* session_loop, CallLimits limits, int expected) {
  FakeAgent agent(rig, *session_loop);
  co_await agent.come("a");
  Call call(rig.hub, rig.loop, rig.hub.find("a"), kReplyTimeout, limits);
  const Foo foo;
  call.send(foo);
  co_await agent.read();
  const std::string reply = fmt::format(R"({{"type":9,"tid":"{}","x":"{:x>1000}"}})", call.tid(), "");
  for (int i = 0; i < 10; ++i) agent.socket->send(reply);
  agent.socket->send(R"({"type":7,"ai":{}})");
  auto session = rig.hub.find("a");
  const auto reported = [&] { return session->report() != nullptr; };
  co_await test::until(rig.loop, reported);  // the reader was not held up

  for (int i = 0; i < expected; ++i) co_await call.next();
  Outcome out = co_await outcome(call.next());
  CHECK(out.code == Errc::too_large);
  CHECK(test::series(rig.metrics, "agent_server_replies_dropped_total{reason=\"overflow\"}") == 1);
  CHECK(test::series(rig.metrics, "agent_server_replies_dropped_total{reason=\"unknown_tid\"}") ==
        9 - expected);
}

Task<> cancelled(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  Call call(rig.hub, rig.loop, rig.hub.find("a"));
  const Foo foo;
  call.send(foo);
  rig.loop.post([&] { call.cancel("the client left"); });
  Outcome out = co_await outcome(call.next());
  CHECK(out.code == Errc::cancelled);
  CHECK(out.text == "the client left");
  out = co_await outcome(call.next());
  CHECK(out.code == Errc::cancelled);
}

Task<> record(Task<Bar> call, Outcome* out, bool* done) {
  *out = co_await outcome(std::move(call));
  *done = true;
}

Task<> caller_cancelled(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  const Foo foo;
  asio::cancellation_signal signal;
  Outcome out;
  bool done = false;
  asio::co_spawn(rig.loop.io(), record(ask<Bar>(rig.hub, rig.loop, "a", "", foo), &out, &done),
                 asio::bind_cancellation_slot(signal.slot(), [](std::exception_ptr) {}));
  co_await agent.read();
  signal.emit(asio::cancellation_type::terminal);
  const auto finished = [&] { return done; };
  co_await test::until(rig.loop, finished);
  CHECK(out.code == Errc::cancelled);
}

Task<> moved_deadline(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a");
  Call call(rig.hub, rig.loop, rig.hub.find("a"), 1h);
  const Foo foo;
  call.send(foo);
  rig.loop.post([&] { call.expires_at(agent::net::Clock::now() + 20ms); });
  Outcome out = co_await outcome(call.next());
  CHECK(out.code == Errc::timeout);
}

Task<> too_many(Rig& rig) {
  FakeAgent agent(rig);
  co_await agent.come("a");
  auto session = rig.hub.find("a");
  const Foo foo;
  std::vector<std::unique_ptr<Call>> calls;
  for (std::size_t i = 0; i <= kCallLimit; ++i) {
    calls.push_back(std::make_unique<Call>(rig.hub, rig.loop, session));
    calls.back()->send(foo);
  }
  Outcome out = co_await outcome(calls.back()->next());
  CHECK(out.code == Errc::busy);
  calls.clear();
  Call next(rig.hub, rig.loop, session);
  next.send(foo);
  rig.spawn(rig.loop, answer(&agent, kBar));
  co_await next.next();
  co_await test::finish(rig);
}

Task<> client(Rig& rig, Loop* loop, int rounds, std::atomic<int>* done) {
  const Foo foo;
  for (int i = 0; i < rounds; ++i) {
    const std::string id = i % 2 == 0 ? "a0" : "a1";
    co_await ask<Bar>(rig.hub, *loop, id, "", foo);
  }
  ++*done;
}

// Callers and sessions on both loops.
Task<> crowd(Rig& rig) {
  FakeAgent first(rig, rig.loop);
  FakeAgent second(rig, rig.second);
  co_await first.come("a0");
  co_await second.come("a1");
  rig.spawn(rig.loop, answer(&first, kBar));
  rig.spawn(rig.loop, answer(&second, kBar));
  std::atomic<int> done{0};
  for (int i = 0; i < 8; ++i) {
    rig.spawn(rig.loop, client(rig, &rig.loop, 200, &done));
    rig.spawn(rig.second, client(rig, &rig.second, 200, &done));
  }
  const auto finished = [&] { return done == 16; };
  co_await test::until(rig.loop, finished);
  CHECK(test::series(rig.metrics, result("ok")) == 16 * 200);
  co_await test::finish(rig);
}

}  // namespace

TEST_CASE("A question is answered, from the session's own loop and from another", "[server]") {
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

TEST_CASE("A call of a session that is lost already ends at once", "[server]") {
  Rig rig;
  rig.run(called_too_late(rig));
}

TEST_CASE("A server that stops ends its calls with the reason", "[server]") {
  Rig rig;
  rig.run(server_stops(rig));
}

TEST_CASE("Replies of one call arrive in order and wait until they are taken", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  rig.run(stream(rig, same ? &rig.loop : &rig.second));
}

TEST_CASE("A call whose replies are not taken ends, and the connection reads on", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  SECTION("too many messages") {
    rig.run(overflow(rig, same ? &rig.loop : &rig.second, CallLimits{.messages = 4}, 4));
  }
  SECTION("too many bytes") {
    rig.run(overflow(rig, same ? &rig.loop : &rig.second, CallLimits{.bytes = 2500}, 2));
  }
  SECTION("the first reply has room whatever its size") {
    rig.run(overflow(rig, same ? &rig.loop : &rig.second, CallLimits{.bytes = 10}, 1));
  }
}

TEST_CASE("A call can be cancelled while it waits", "[server]") {
  Rig rig;
  rig.run(cancelled(rig));
}

TEST_CASE("A call ends when its coroutine is cancelled", "[server]") {
  Rig rig;
  rig.run(caller_cancelled(rig));
}

TEST_CASE("The time-out of a waiting call can be moved", "[server]") {
  Rig rig;
  rig.run(moved_deadline(rig));
}

TEST_CASE("Calls of one agent are bounded, and those that ended make room", "[server]") {
  Rig rig;
  rig.run(too_many(rig));
}

TEST_CASE("Many calls between two loops are all answered", "[server]") {
  Rig rig;
  rig.run(crowd(rig));
}
