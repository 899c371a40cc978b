// Calls that end before their agent is done: what the agent is told (capability `cancel`).
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/wire/call.hpp"
#include "hub/ask.hpp"
#include "tests/server/answered_calls.hpp"

using namespace server;
using namespace test;
using agent::Errc;
using agent::Task;
using agent::net::Loop;
using agent::wire::Cancel;
using agent::wire::Foo;

namespace {

Task<> come_with(FakeAgent* agent, std::vector<std::string> caps) {
  agent::wire::Come come;
  come.id = "a";
  come.name = "example-agent";
  come.caps = std::move(caps);
  std::string text = agent::encode_message(come);
  const agent::wire::Handshake answer = co_await agent->say(std::move(text));
  CHECK(answer.caps == come.caps);
}

Task<> come_capable(FakeAgent* agent) {
  std::vector<std::string> caps{"cancel"};
  co_await come_with(agent, std::move(caps));
}

// The agent's next message is a foo, and gives its tid.
Task<std::string> read_foo(FakeAgent* agent) {
  agent::Envelope message = co_await agent->read();
  CHECK(message.type() == Foo::message.type);
  co_return std::string(message.tid());
}

Task<> expect_cancel(FakeAgent* agent, std::string tid) {
  agent::Envelope message = co_await agent->read();
  CHECK(message.type() == Cancel::message.type);
  CHECK(message.tid() == tid);
}

// The agent is told nothing before the next call.
Task<> expect_nothing(Rig* rig, FakeAgent* agent) {
  Call next(rig->hub.find("a"));
  const Foo foo;
  next.send(foo);
  const std::string tid = co_await read_foo(agent);
  CHECK(tid == next.tid());
}

Task<> timed_out(Rig& rig, Loop* session_loop) {
  FakeAgent agent(rig, *session_loop);
  co_await come_capable(&agent);
  std::optional<Call> call;
  call.emplace(rig.hub.find("a"));
  const Foo foo;
  call->send(foo);
  const std::string tid = co_await read_foo(&agent);
  call->expires_at(agent::net::Clock::now());
  Outcome out = co_await outcome(call->next());
  CHECK(out.code == Errc::timeout);
  call.reset();
  co_await expect_cancel(&agent, tid);
}

Task<> given_up(Rig& rig, Loop* session_loop, CallLimits limits) {
  FakeAgent agent(rig, *session_loop);
  co_await come_capable(&agent);
  std::optional<Call> call;
  call.emplace(rig.hub.find("a"), kReplyTimeout, limits);
  const Foo foo;
  call->send(foo);
  const std::string tid = co_await read_foo(&agent);
  if (limits.many) {
    agent.socket->send(R"({"type":1000,"tid":")" + tid + "\"}");
    co_await call->next();
  }
  call.reset();
  co_await expect_cancel(&agent, tid);
  agent.socket->send(R"({"type":9,"tid":")" + tid + "\"}");  // a reply that was on its way
  co_await expect_nothing(&rig, &agent);
}

Task<> overflowed(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await come_capable(&agent);
  const CallLimits limits{.messages = 1, .many = true};
  std::string tid;
  {
    Call call(rig.hub.find("a"), kReplyTimeout, limits);
    const Foo foo;
    call.send(foo);
    tid = co_await read_foo(&agent);
    for (int i = 0; i < 3; ++i) agent.socket->send(R"({"type":1000,"tid":")" + tid + "\"}");
    const auto dropped = [&rig] {
      return series(rig.metrics, "agent_server_replies_dropped_total{reason=\"overflow\"}") == 1;
    };
    co_await until(rig.loop, dropped);
  }
  co_await expect_cancel(&agent, tid);
}

Task<> over(Rig& rig, Loop* session_loop, CallLimits limits, std::string reply) {
  FakeAgent agent(rig, *session_loop);
  co_await come_capable(&agent);
  {
    Call call(rig.hub.find("a"), kReplyTimeout, limits);
    const Foo foo;
    call.send(foo);
    const std::string tid = co_await read_foo(&agent);
    reply.replace(reply.find("%tid%"), 5, tid);
    agent.socket->send(reply);
    co_await outcome(call.next());
    if (limits.many) call.done();
  }
  co_await expect_nothing(&rig, &agent);
}

Task<> unable(Rig& rig) {
  FakeAgent agent(rig, rig.second);
  co_await agent.come("a");
  {
    Call call(rig.hub.find("a"));
    const Foo foo;
    call.send(foo);
    co_await read_foo(&agent);
  }
  co_await expect_nothing(&rig, &agent);
}

Task<> reconnected(Rig& rig) {
  FakeAgent first(rig, rig.second);
  co_await come_capable(&first);
  std::optional<Call> call;
  call.emplace(rig.hub.find("a"));
  const Foo foo;
  call->send(foo);
  co_await read_foo(&first);
  first.socket.reset();
  co_await ended(rig);
  FakeAgent next(rig, rig.second);
  co_await come_capable(&next);
  call.reset();
  co_await expect_nothing(&rig, &next);
}

}  // namespace

TEST_CASE("An agent is told that a call has no time left", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  rig.run(timed_out(rig, same ? &rig.loop : &rig.second));
}

TEST_CASE("An agent is told that the caller has left", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  const bool many = GENERATE(true, false);
  rig.run(given_up(rig, same ? &rig.loop : &rig.second, CallLimits{.many = many}));
}

TEST_CASE("An agent is told that its replies were too many", "[server]") {
  Rig rig;
  rig.run(overflowed(rig));
}

TEST_CASE("An agent is told nothing of a call that is over", "[server]") {
  Rig rig;
  const bool same = GENERATE(true, false);
  const bool many = GENERATE(true, false);
  const std::string reply = GENERATE(as<std::string>{}, kBar, R"({"type":0,"tid":"%tid%","errmsg":"no"})");
  rig.run(over(rig, same ? &rig.loop : &rig.second, CallLimits{.many = many}, reply));
}

TEST_CASE("An agent that knows of no cancelling is told nothing", "[server]") {
  Rig rig;
  rig.run(unable(rig));
}

TEST_CASE("An agent that has connected again is told nothing of the calls of its last session", "[server]") {
  Rig rig;
  rig.run(reconnected(rig));
}
