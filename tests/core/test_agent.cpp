// What an Agent answers when it does not run.
#include "agent/agent.hpp"

#include <catch2/catch.hpp>
#include <exception>
#include <functional>
#include <optional>
#include <string>

#include "agent/app.hpp"
#include "agent/fetch.hpp"
#include "core/agent_state.hpp"
#include "net/spawn.hpp"
#include "tests/core/stage.hpp"

using namespace agent;

namespace {

Errc code_of(const std::exception_ptr& thrown) {
  REQUIRE(thrown != nullptr);
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return error.code();
  }
}

// Runs it on a loop of its own; what it throws, or nullptr.
std::exception_ptr outcome(Task<> task) {
  net::Loop loop;
  std::exception_ptr thrown;
  net::spawn(loop, std::move(task), [&](std::exception_ptr error) {
    thrown = std::move(error);
    loop.stop();
  });
  loop.io().run_for(std::chrono::seconds(20));
  REQUIRE(loop.io().stopped());
  return thrown;
}

Task<> offload_nothing(Agent* agent) {
  auto work = [] { return 1; };
  co_await agent->offload(work);
}

void answer_as_if_never_run(Agent& agent) {
  CHECK(code_of(outcome(agent.offload([] {}))) == Errc::cancelled);
  CHECK(code_of(outcome(offload_nothing(&agent))) == Errc::cancelled);
  CHECK(outcome(agent.pause(std::chrono::nanoseconds(-1))) == nullptr);
  CHECK_THROWS_WITH(Fetch(agent, "/x"), "fetch: the agent is not connected");
  CHECK(agent.id().empty());
  CHECK_FALSE(agent.connected());
  CHECK(agent.config().send_queue.value == 8 * 1024 * 1024);
  agent.counter("test_total", "Tests").add();
  agent.send(wire::Foo());
  agent.post([] { FAIL("never"); });
  agent.stop();
}

class Unattached : public App {
 public:
  std::string agent_name() const override { return "ported-agent"; }
  std::string version() const override { return "1.2.3"; }
  void on_message(const Envelope&, Call) override {}
};

Task<> pause_for(std::chrono::nanoseconds duration, std::optional<Errc>* code) {
  try {
    co_await Agent::pause(duration);
  } catch (const Error& error) {
    *code = error.code();
  }
}

}  // namespace

TEST_CASE("An agent that never runs answers everything", "[core]") {
  Agent agent("test-agent", "1.2.3");
  answer_as_if_never_run(agent);
}

TEST_CASE("An agent that has run answers everything, and does not run again", "[core]") {
  Agent agent("test-agent", "1.2.3");
  CHECK_THROWS_WITH(agent.run(), "server: no address is set");  // does not count
  core::state_of(agent).config.server = {"127.0.0.1:1"};
  agent.stop();
  agent.run();
  answer_as_if_never_run(agent);
  CHECK_THROWS_WITH(agent.run(), "run: an agent runs once");
}

TEST_CASE("An App that is attached to no agent says so", "[core]") {
  Unattached app;
  CHECK_THROWS_WITH(app.configuration(), "the App is attached to no agent yet");
  CHECK_THROWS_WITH(app.push(wire::Foo()), "the App is attached to no agent yet");
  CHECK_THROWS_WITH(app.agent(), "the App is attached to no agent yet");
}

TEST_CASE("A pause that is cancelled throws the library's error, however long it would be", "[core]") {
  for (const auto duration :
       {std::chrono::nanoseconds(std::chrono::hours(1)), std::chrono::nanoseconds::max()}) {
    test::Stage stage;
    std::optional<Errc> code;
    stage.agent.on_start([&] {
      stage.agent.stop();
      return pause_for(duration, &code);
    });
    stage.play([](test::Stage& self) -> Task<> { co_await self.until_stopped(); });
    CHECK(code == Errc::cancelled);
  }
}
