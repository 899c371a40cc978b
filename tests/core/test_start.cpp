// What comes before the first connection: Agent::on_start.
#include <asio/this_coro.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "tests/core/stage.hpp"

using namespace agent;
using test::Socket;
using test::Stage;

TEST_CASE("The start comes before all else, one hook after the other", "[core]") {
  Stage stage;
  std::string events;
  stage.agent.post([&events] { events += "posted "; });
  stage.agent.on_start([&events] { events += "first "; });
  stage.agent.on_start([&events]() -> Task<> {
    co_await Agent::pause(std::chrono::milliseconds(20));
    events += "second ";
  });
  stage.agent.on_start([&] { events += stage.config.id + " "; });
  stage.agent.on_connect([&events] { events += "connected "; });
  bool ticked = false;
  stage.agent.every(std::chrono::milliseconds(1), [&] {
    if (!std::exchange(ticked, true)) events += "tick ";
  });
  stage.play([](Stage& self) -> Task<> {
    Socket socket = co_await self.server.welcome();
    co_await self.until_connected();
  });
  CHECK_THAT(events, Catch::StartsWith("first posted second tester "));
  CHECK_THAT(events, Catch::Contains("connected "));
}

TEST_CASE("A start that fails ends the agent with what was thrown", "[core]") {
  for (const bool waits : {false, true}) {
    Agent agent("test-agent", "1.2.3");
    core::state_of(agent).config.server = {"127.0.0.1:1"};
    bool later = false;
    agent.on_start([waits]() -> Task<> {
      if (waits) co_await Agent::pause(std::chrono::milliseconds(1));
      throw Error(Errc::bad_config, "exec.x: no such device");
    });
    agent.on_start([&later] { later = true; });
    CHECK_THROWS_WITH(agent.run(), "exec.x: no such device");
    CHECK_FALSE(later);
  }
  Agent agent("test-agent", "1.2.3");
  agent.on_start([] { throw Error(Errc::bad_config, "at once"); });
  core::state_of(agent).config.server = {"127.0.0.1:1"};
  CHECK_THROWS_WITH(agent.run(), "at once");
}

TEST_CASE("A stop cancels a start that waits, and nothing that comes after a start is called", "[core]") {
  Stage stage;
  std::string events;
  stage.agent.on_start([&]() -> Task<> {
    events += "start ";
    stage.agent.stop();
    co_await Agent::pause(std::chrono::hours(1));
  });
  stage.agent.on_start([&events] { events += "next "; });
  stage.agent.on_stop([&events] { events += "stop "; });
  stage.play([](Stage& self) -> Task<> { co_await self.until_stopped(); });
  CHECK(events == "start ");
}

TEST_CASE("A start that has ended in spite of a stop is followed by on_stop", "[core]") {
  Stage stage;
  std::string events;
  stage.agent.on_start([&]() -> Task<> {
    stage.agent.stop();
    try {
      co_await Agent::pause(std::chrono::hours(1));
    } catch (const std::exception&) {
      events += "undone ";
    }
  });
  stage.agent.on_stop([&events] { events += "stop "; });
  stage.play([](Stage& self) -> Task<> { co_await self.until_stopped(); });
  CHECK(events == "undone stop ");
}

TEST_CASE("A start that does not heed a stop holds it up no longer than anything else", "[core]") {
  Stage stage;
  stage.timing.farewell = std::chrono::milliseconds(5);
  stage.timing.stop = std::chrono::milliseconds(10);
  stage.agent.on_start([&]() -> Task<> {
    auto ignore = asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await std::move(ignore);
    stage.agent.stop();
    co_await Agent::pause(std::chrono::hours(1));
  });
  stage.play([](Stage& self) -> Task<> { co_await self.until_stopped(); });
}
