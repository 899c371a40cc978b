// agent/testing.hpp: a handler is tested without a server, a network or time.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "agent/testing.hpp"
#include "base/manual_clock.hpp"
#include "tests/core/counting_agent.hpp"

using namespace agent;
using counting::code_of;
using counting::Count;
using counting::Counting;
using counting::Number;
using counting::Unserved;
using counting::values;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("A handler is tested in five lines", "[core][testing]") {
  Agent agent("double-agent", "1.0.0");
  agent.on<Count>([](const Count& count) { return Number{2 * count.to}; });
  TestServer server(agent);
  TestCall call = server.call(Count{21});
  CHECK(call.reply<Number>().value == 42);

  CHECK(call.replies() == 1);
  CHECK(call.ended());
  CHECK(call.error().empty());
  CHECK(call.texts() == std::vector<std::string>{R"({"type":1002,"tid":"test-1","number":{"value":42}})"});
}

TEST_CASE("Replies come in their order, each at its time", "[core][testing]") {
  Counting counting;
  TestServer server(counting.agent);
  const TestCall call = server.call(Count{3});
  CHECK(call.replies() == 0);
  server.advance(milliseconds(999));
  CHECK(call.replies() == 0);
  server.advance(milliseconds(1));
  CHECK(call.reply<Number>().value == 1);
  CHECK_FALSE(call.ended());
  server.advance(hours(1));
  CHECK(values(call.all<Number>()) == std::vector<int>{1, 2, 3});
  CHECK(call.ended());
}

TEST_CASE("Calls run side by side, and their replies are kept apart", "[core][testing]") {
  Counting counting;
  TestServer server(counting.agent, "count.pause = 10s");
  const TestCall first = server.call(Count{2});
  server.advance(seconds(5));
  const TestCall second = server.call(Count{1});
  server.advance(seconds(10));
  CHECK(values(first.all<Number>()) == std::vector<int>{1});
  CHECK(values(second.all<Number>()) == std::vector<int>{1});
  CHECK(first.tid() != second.tid());
}

TEST_CASE("What a handler throws is the call's error, whatever its form", "[core][testing]") {
  Counting counting;
  TestServer server(counting.agent, "count.most = 5\nid = nobody");
  CHECK(counting.agent.id() == "nobody");
  const TestCall call = server.call(Count{6});
  CHECK(call.error() == "too far");
  CHECK(call.ended());
  CHECK(call.replies() == 0);
  CHECK_THROWS_WITH(call.reply<Number>(), "an error came in place of the reply: too far");
  CHECK(server.metric("agent_failed_calls_total") == 1);

  Agent plain("plain-agent", "1.0.0");
  plain.on<Count>([](const Count&) -> Number { throw Error(Errc::io, "disk full"); });
  CHECK(code_of([&] { TestServer second(plain); }) == Errc::busy);
}

TEST_CASE("A handler that is no coroutine and throws has ended with an error", "[core][testing]") {
  Agent agent("plain-agent", "1.0.0");
  agent.on<Count>([](const Count&) -> Number { throw Error(Errc::io, "disk full"); });
  TestServer server(agent);
  const TestCall call = server.call(Count{1});
  CHECK(call.error() == "disk full");
  CHECK(call.ended());
}

TEST_CASE("A reply that is not there, or of another type, is an error that says so", "[core][testing]") {
  Agent agent("double-agent", "1.0.0");
  agent.on<Count>([](const Count& count) { return Number{2 * count.to}; });
  TestServer server(agent);
  const TestCall call = server.call(Count{1});
  CHECK_THROWS_WITH(call.reply<Number>(1), "there are only 1 replies");
  CHECK_THROWS_WITH(call.reply<Count>(), "a message of type 1002 instead of 1001");
  CHECK(call.all<Count>().empty());
}

TEST_CASE("A request of a type that no handler serves is over at once", "[core][testing]") {
  Counting counting;
  TestServer server(counting.agent);
  const TestCall call = server.call(Unserved{});
  CHECK(call.ended());
  CHECK(call.replies() == 0);
  CHECK(server.metric("agent_ignored_messages_total") == 1);
}

TEST_CASE("A caller that leaves cancels the handler, which cleans up", "[core][testing]") {
  Counting counting;
  TestServer server(counting.agent);
  const TestCall call = server.call(Count{5});
  const TestCall other = server.call(Count{2});
  server.advance(seconds(1));
  CHECK_FALSE(counting.cleaned_up);
  call.cancel();
  CHECK(counting.cleaned_up);
  CHECK(call.ended());
  server.advance(seconds(9));
  CHECK(values(call.all<Number>()) == std::vector<int>{1});
  CHECK(call.error().empty());
  CHECK(values(other.all<Number>()) == std::vector<int>{1, 2});
  call.cancel();
}

TEST_CASE("Settings are those of the test, and wrong ones are all named", "[core][testing]") {
  Counting counting;
  try {
    TestServer server(counting.agent, "count.pause = soon\ncount.most = 0\n");
    FAIL("wrong settings were taken");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::bad_config);
    CHECK_THAT(error.what(), Catch::Contains("settings: line 1: count.pause"));
    CHECK_THAT(error.what(), Catch::Contains("settings: line 2: count.most"));
  }
  TestServer server(counting.agent, "count.pause = 2h");
  CHECK(counting.rules.pause == hours(2));
  CHECK(counting.agent.id() == "test");
}

TEST_CASE("What on_start throws is thrown by the TestServer", "[core][testing]") {
  Agent agent("broken-agent", "1.0.0");
  agent.on_start([] { throw Error(Errc::bad_config, "no such device"); });
  CHECK_THROWS_WITH(TestServer(agent), "no such device");
  CHECK(ManualClock::current() == nullptr);
}

TEST_CASE("A series of the agent is read by its name and labels", "[core][testing]") {
  Counting counting;
  counting.agent.metrics().counter("tests_total", "Tests", {{"kind", "unit"}}).add(3);
  TestServer server(counting.agent);
  CHECK(server.metric("tests_total{kind=\"unit\"}") == 3);
  CHECK(server.metric("agent_connected") == 1);
  CHECK(code_of([&] { static_cast<void>(server.metric("tests")); }) == Errc::not_found);
}

TEST_CASE("A message without a tid gets no answer and is served all the same", "[core][testing]") {
  Agent agent("silent-agent", "1.0.0");
  int seen = 0;
  agent.on<Count>([&seen](const Count& count) { seen = count.to; });
  agent.on_other([&seen](const Envelope& message, Call) { seen = message.type(); });
  TestServer server(agent);
  server.send(Count{4});
  CHECK(seen == 4);
  CHECK(server.call(Unserved{}).ended());
  CHECK(seen == 1003);
}
