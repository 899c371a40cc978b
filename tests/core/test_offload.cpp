#include "core/offload.hpp"

#include <asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "agent/error.hpp"
#include "net/spawn.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;

namespace {

Task<> run_elsewhere(net::Loop& loop) {
  core::Offload offload(loop);
  std::thread::id here = std::this_thread::get_id();
  std::thread::id there = here;
  std::function<void()> work = [&] { there = std::this_thread::get_id(); };
  co_await offload.run(work);
  CHECK(there != here);
  CHECK(std::this_thread::get_id() == here);
}

Task<> run_and_throw(net::Loop& loop) {
  core::Offload offload(loop);
  std::function<void()> work = [] { throw Error(Errc::io, "disk full"); };
  bool thrown = false;
  try {
    co_await offload.run(work);
  } catch (const Error& error) {
    thrown = std::string(error.what()) == "disk full";
  }
  CHECK(thrown);
}

Task<> run_many(net::Loop& loop) {
  core::Offload offload(loop);
  int sum = 0;
  std::function<void()> work = [&] { ++sum; };
  for (int i = 0; i < 100; ++i) co_await offload.run(work);
  CHECK(sum == 100);
}

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

struct Cancelled {
  asio::cancellation_signal signal;
  std::promise<void> go_on;
  std::optional<Errc> code;
  bool done = false;
};

Task<> work_until_told(net::Loop* loop, Cancelled* scene) {
  core::Offload offload(*loop);
  std::function<void()> work = [scene] {
    scene->go_on.get_future().wait();
    scene->done = true;
  };
  try {
    co_await offload.run(work);
  } catch (const Error& error) {
    scene->code = error.code();
  }
}

Task<> cancel_while_it_works(net::Loop& loop) {
  Cancelled scene;
  bool ended = false;
  net::spawn(loop, work_until_told(&loop, &scene), scene.signal.slot(),
             [&ended](const std::exception_ptr& error) { ended = error == nullptr; });
  for (int i = 0; i < 10; ++i) co_await test::yield(loop);
  scene.signal.emit(asio::cancellation_type::terminal);
  for (int i = 0; i < 10; ++i) co_await test::yield(loop);
  CHECK_FALSE(ended);
  scene.go_on.set_value();
  while (!ended) co_await test::yield(loop);
  CHECK(scene.done);
  CHECK(scene.code == Errc::cancelled);
}

}  // namespace

TEST_CASE("offload returns what the work returns", "[core]") { in_agent(return_values); }

TEST_CASE("Work that cannot be copied is offloaded, too", "[core]") { in_agent(move_work); }

TEST_CASE("offload throws what the work throws instead of a result", "[core]") { in_agent(throw_instead); }

TEST_CASE("A cancel waits for work that has begun, and is not forgotten", "[core]") {
  test::on_loop([](net::Loop& loop) { return cancel_while_it_works(loop); });
}

TEST_CASE("Offloaded work runs on another thread, the caller goes on on its own", "[core]") {
  test::on_loop([](net::Loop& loop) { return run_elsewhere(loop); });
}

TEST_CASE("What offloaded work throws comes out of the wait", "[core]") {
  test::on_loop([](net::Loop& loop) { return run_and_throw(loop); });
}

TEST_CASE("Offloaded work follows one after the other", "[core]") {
  test::on_loop([](net::Loop& loop) { return run_many(loop); });
}
