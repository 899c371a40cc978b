#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>

#include "agent/error.hpp"
#include "tests/core/stage.hpp"

using namespace agent;

namespace {

// What handlers call. The agent runs until the part has ended.
template <class Part>
void in_agent(Part part) {
  test::Stage stage;
  stage.agent.on_start([&]() -> Task<> {
    co_await part(&stage.agent);
    stage.agent.stop();
  });
  stage.expect_stop = true;
  stage.play([](test::Stage& self) -> Task<> { co_await self.until_stopped(); });
}

Task<> return_values(Agent* agent) {
  auto token = std::make_shared<int>(7);
  auto copy = [token] { return std::make_unique<int>(*token); };
  const std::unique_ptr<int> number = co_await agent->offload(copy);
  CHECK(*number == 7);
  CHECK(token.use_count() == 2);  // the caller's and that of `copy`: what ran elsewhere has gone
  std::string text = "of the caller";
  auto refer = [&text]() -> const std::string& { return text; };
  const std::string returned = co_await agent->offload(refer);
  CHECK(returned == text);
  CHECK(token.use_count() == 2);
}

Task<> move_work(Agent* agent) {
  bool done = false;
  auto owned = std::make_unique<int>(1);
  auto work = [&done, owned = std::move(owned)] { done = *owned == 1; };
  Task<> running = agent->offload(std::move(work));
  co_await std::move(running);
  CHECK(done);
}

Task<> throw_instead(Agent* agent) {
  auto work = []() -> int { throw Error(Errc::io, "disk full"); };
  std::string failure;
  try {
    co_await agent->offload(work);
  } catch (const Error& error) {
    failure = error.what();
  }
  CHECK(failure == "disk full");
}

}  // namespace

TEST_CASE("offload returns what the work returns", "[core]") { in_agent(return_values); }

TEST_CASE("Work that cannot be copied is offloaded, too", "[core]") { in_agent(move_work); }

TEST_CASE("offload throws what the work throws instead of a result", "[core]") { in_agent(throw_instead); }
