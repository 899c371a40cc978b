// Call: requests in flight, their replies, limits and ends.
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "agent/wire/control.hpp"
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

namespace {

// The session was found, then lost, then called.
Task<> called_too_late(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  auto session = rig.hub.find("a");
  agent.socket.reset();
  co_await test::ended(rig);
  Call call(session);
  const Foo foo;
  call.send(foo);
  Outcome out = co_await outcome(call.next());
  CHECK(out.code == Errc::disconnected);
}

Task<> stream(Rig& rig, Loop* session_loop) {
  FakeAgent agent(rig, *session_loop);
  co_await agent.come("a");
  Call call(rig.hub.find("a"));
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
  OpenCall open(rig, *session_loop, limits);
  co_await open.open();
  Call& call = *open.call;
  const std::string reply = fmt::format(R"({{"type":9,"tid":"{}","x":"{:x>1000}"}})", call.tid(), "");
  for (int i = 0; i < 10; ++i) open.peer.socket->send(reply);
  open.peer.socket->send(R"({"type":7,"ai":{}})");
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

Task<> held_back(Rig& rig, Loop* session_loop, CallLimits limits) {
  constexpr int kReplies = 300;
  limits.pauses = true;
  OpenCall open(rig, *session_loop, limits);
  co_await open.open();
  Call& call = *open.call;
  for (int i = 0; i < kReplies; ++i) {
    open.peer.socket->send(
        fmt::format(R"({{"type":{},"tid":"{}","x":"{:x>1000}"}})", 1000 + i, call.tid(), ""));
  }
  for (int i = 0; i < kReplies; ++i) {
    asio::steady_timer slow(rig.loop.io(), i % 40 == 0 ? 5ms : 0ms);  // it is held back meanwhile
    co_await slow.async_wait(asio::use_awaitable);
    agent::Envelope reply = co_await call.next();
    REQUIRE(reply.type() == 1000 + i);
  }
  CHECK(test::series(rig.metrics, "agent_server_replies_dropped_total{reason=\"overflow\"}") == 0);
}

Task<> cancelled(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  Call call(rig.hub.find("a"));
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
  asio::co_spawn(rig.loop.io(), record(ask<Bar>(rig.hub, "a", "", foo), &out, &done),
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
  Call call(rig.hub.find("a"), 1h);
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
    calls.push_back(std::make_unique<Call>(session));
    calls.back()->send(foo);
  }
  Outcome out = co_await outcome(calls.back()->next());
  CHECK(out.code == Errc::too_many);
  calls.clear();
  Call next(session);
  next.send(foo);
  rig.spawn(rig.loop, answer(&agent, kBar));
  co_await next.next();
  co_await test::finish(rig);
}

}  // namespace

TEST_CASE("A call of a session that is lost already ends at once", "[server]") {
  Rig rig;
  rig.run(called_too_late(rig));
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

TEST_CASE("A call that may hold its agent back loses no reply, however slowly they are taken", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  const CallLimits limits =
      GENERATE(CallLimits{.messages = 4}, CallLimits{.bytes = 2500}, CallLimits{.bytes = 10});
  rig.run(held_back(rig, same ? &rig.loop : &rig.second, limits));
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
