// agent/testing.hpp: time, the connection, and the end, in the hands of the test.
#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "agent/testing.hpp"
#include "agent/turns.hpp"
#include "agent/wire/control.hpp"
#include "base/manual_clock.hpp"
#include "tests/core/counting_agent.hpp"

using namespace agent;
using counting::code_of;
using counting::Count;
using counting::Counting;
using counting::Number;
using counting::values;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("A lost connection cancels calls, and the agent comes back", "[core][testing]") {
  Counting counting;
  std::string events;
  counting.agent.on_connect([&events] { events += "up "; });
  counting.agent.on_disconnect([&events] { events += "down "; });
  TestServer server(counting.agent);
  const TestCall call = server.call(Count{5});
  server.disconnect();
  CHECK(call.ended());
  CHECK(counting.cleaned_up);
  CHECK(code_of([&] { server.call(Count{1}); }) == Errc::disconnected);
  server.disconnect();
  server.advance(hours(1));
  server.connect();
  CHECK(events == "up down up ");
  const TestCall next = server.call(Count{1});
  server.advance(seconds(1));
  CHECK(next.reply<Number>().value == 1);
  CHECK(call.replies() == 0);
}

TEST_CASE("A kept call goes on without a connection, and its replies come once", "[core][testing]") {
  Counting counting;
  counting.keeps = true;
  TestServer server(counting.agent);
  const TestCall call = server.call(Count{4});
  server.advance(seconds(1));
  CHECK(call.replies() == 1);
  server.disconnect();
  server.advance(seconds(2));
  CHECK_FALSE(call.ended());
  CHECK(call.replies() == 1);
  server.connect();
  CHECK(values(call.all<Number>()) == std::vector<int>{1, 2, 3});
  server.advance(seconds(5));
  CHECK(values(call.all<Number>()) == std::vector<int>{1, 2, 3, 4});
  CHECK(call.ended());
  CHECK(server.metric("agent_kept_bytes") == 0);
}

TEST_CASE("A kept call whose caller has left goes on, and is heard no more", "[core][testing]") {
  Counting counting;
  counting.keeps = true;
  TestServer server(counting.agent);
  const TestCall call = server.call(Count{2});
  call.cancel();
  CHECK_FALSE(call.ended());
  server.advance(seconds(2));
  CHECK(call.ended());
  CHECK(call.replies() == 0);
}

TEST_CASE("A day of periodic work takes no time", "[core][testing]") {
  Agent agent("minute-agent", "1.0.0");
  std::vector<Clock::time_point> times;
  agent.every(minutes(1), [&] {
    times.push_back(Clock::now());
    agent.send(Number{static_cast<int>(times.size())});
  });
  TestServer server(agent);
  const Clock::time_point start = Clock::now();
  server.advance(hours(24));
  REQUIRE(times.size() == 1440);
  for (std::size_t i = 0; i < times.size(); ++i) CHECK(times[i] == start + minutes(i + 1));
  CHECK(Clock::now() == start + hours(24));
  REQUIRE(server.reports<Number>().size() == 1440);
  CHECK(server.reports<Number>().back().value == 1440);
  server.forget_reports();
  server.advance(minutes(1));
  CHECK(values(server.reports<Number>()) == std::vector<int>{1441});
}

TEST_CASE("Work that takes longer than its interval is not started twice", "[core][testing]") {
  Agent agent("slow-agent", "1.0.0");
  int started = 0;
  agent.every(seconds(10), [&started]() -> Task<> {
    ++started;
    co_await Agent::pause(seconds(25));
  });
  TestServer server(agent);
  server.advance(minutes(1));
  CHECK(started == 2);  // after 10 and 40 seconds
}

TEST_CASE("A turn that does not come in time is refused by the test's clock", "[core][testing]") {
  Agent agent("turn-agent", "1.0.0");
  Turns turns(1, 10);
  agent.on<Count>([&turns](Count, Call call) -> Task<> {
    const Turns::Turn turn = co_await turns.take(seconds(50));
    co_await Agent::pause(minutes(2));
    call.send(Number{1});
  });
  TestServer server(agent);
  const TestCall first = server.call(Count{});
  const TestCall second = server.call(Count{});
  server.advance(seconds(49));
  CHECK(second.error().empty());
  server.advance(seconds(1));
  CHECK(second.error() == "no turn came in time");
  server.advance(minutes(2));
  CHECK(first.replies() == 1);
}

TEST_CASE("Work on another thread is waited for, and has the test's time", "[core][testing]") {
  Agent agent("offload-agent", "1.0.0");
  Clock::time_point there;
  agent.on<Count>([&](Count count, Call call) -> Task<> {
    const std::thread::id here = std::this_thread::get_id();
    auto work = [&there, here, count] {
      there = Clock::now();
      if (count.to == 0) throw Error(Errc::io, "disk full");
      return std::this_thread::get_id() == here ? 0 : count.to;
    };
    const int value = co_await agent.offload(work);
    call.send(Number{value});
  });
  TestServer server(agent);
  server.advance(hours(5));
  CHECK(server.call(Count{7}).reply<Number>().value == 7);
  CHECK(there == Clock::now());
  CHECK(server.call(Count{0}).error() == "disk full");
}

TEST_CASE("Whoever works with the machine is waited for in real time", "[core][testing]") {
  Agent agent("post-agent", "1.0.0");
  std::thread other;
  bool done = false;
  agent.on<Count>([&](const Count&) { other = std::thread([&] { agent.post([&done] { done = true; }); }); });
  TestServer server(agent);
  const Clock::time_point start = Clock::now();
  server.call(Count{});
  CHECK(server.wait_until([&done] { return done; }));
  CHECK_FALSE(server.wait_until([] { return false; }, milliseconds(1)));
  CHECK(Clock::now() == start);
  other.join();
}

TEST_CASE("An agent whose start pauses connects when its time has come", "[core][testing]") {
  Counting counting;
  counting.agent.on_start([]() -> Task<> { co_await Agent::pause(minutes(1)); });
  TestServer server(counting.agent);
  CHECK(code_of([&] { server.call(Count{}); }) == Errc::disconnected);
  server.advance(minutes(1));
  CHECK(counting.agent.connected());
}

TEST_CASE("A stop calls the hooks and ends the calls", "[core][testing]") {
  Counting counting;
  std::string events;
  counting.agent.on_stop([&]() -> Task<> {
    co_await Agent::pause(milliseconds(500));
    counting.agent.send(Number{-1});
    events += "stop ";
  });
  counting.agent.on_disconnect([&events] { events += "down "; });
  TestServer server(counting.agent);
  const TestCall call = server.call(Count{5});
  CHECK(server.running());
  server.stop();
  CHECK_FALSE(server.running());
  CHECK(events == "stop down ");
  CHECK(call.ended());
  CHECK(values(server.reports<Number>()) == std::vector<int>{-1});
  CHECK(code_of([&] { server.call(Count{1}); }) == Errc::disconnected);
  CHECK(code_of([&] { server.connect(); }) == Errc::disconnected);
  server.advance(hours(1));
  server.stop();
}

TEST_CASE("An agent runs once, in a test too", "[core][testing]") {
  Counting counting;
  { const TestServer server(counting.agent); }
  CHECK(code_of([&] { TestServer again(counting.agent); }) == Errc::cancelled);
}

TEST_CASE("The agent reports on itself by the test's clock", "[core][testing]") {
  Counting counting;
  TestServer server(counting.agent, "monitor.enabled = true\nmonitor.interval = 1m");
  server.advance(minutes(10));
  CHECK(server.reports<wire::AgentInfo>().size() == 10);
  CHECK(server.report_texts().size() == 10);
}

TEST_CASE("A stop in the middle of everything leaves nothing behind", "[core][testing]") {
  Counting counting;
  counting.agent.every(seconds(1), []() -> Task<> { co_await Agent::pause(hours(1)); });
  {
    TestServer server(counting.agent);
    server.call(Count{5});
    server.advance(seconds(2));
  }
  CHECK(counting.cleaned_up);
  CHECK(ManualClock::current() == nullptr);
}
