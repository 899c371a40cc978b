#include "net/offload.hpp"

#include <asio/cancellation_signal.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "agent/error.hpp"
#include "net/spawn.hpp"
#include "tests/support/on_loop.hpp"
#include "tests/support/socket_pair.hpp"

using namespace agent;

namespace {

// Until the flag is set by something that the loop runs.
Task<> until(net::Loop* loop, const bool* flag) {
  while (!*flag) co_await test::yield(*loop);
}

Task<> run_elsewhere(net::Loop&) {
  net::Offload offload(1);
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id there = here;
  auto work = [&] { there = std::this_thread::get_id(); };
  co_await offload.run(work);
  CHECK(there != here);
  CHECK(std::this_thread::get_id() == here);
}

Task<> return_results(net::Loop&) {
  net::Offload offload(1);
  auto make = [] { return std::make_unique<int>(7); };
  const std::unique_ptr<int> number = co_await offload.run(make);
  CHECK(*number == 7);
  const std::string text = "of the caller";
  auto refer = [&text]() -> const std::string& { return text; };
  const std::string copied = co_await offload.run(refer);
  CHECK(copied == text);
  auto owned = [number = std::make_unique<int>(8)] { return *number; };
  Task<int> step = offload.run(std::move(owned));
  const int moved = co_await std::move(step);
  CHECK(moved == 8);
}

Task<> run_and_throw(net::Loop&) {
  net::Offload offload(1);
  auto work = []() -> int { throw Error(Errc::io, "disk full"); };
  std::string thrown;
  try {
    co_await offload.run(work);
  } catch (const Error& error) {
    thrown = error.what();
  }
  CHECK(thrown == "disk full");
}

Task<> run_many(net::Loop&) {
  net::Offload offload(2);
  int sum = 0;
  auto work = [&] { ++sum; };
  for (int i = 0; i < 100; ++i) co_await offload.run(work);
  CHECK(sum == 100);
}

// Work that goes on when it is told.
struct Held {
  net::Offload* offload = nullptr;
  std::promise<void> go_on;
  std::shared_future<void> told = go_on.get_future().share();
  std::atomic<int> at_once{0};
  std::atomic<int> begun{0};
  int ended = 0;
};

Task<> hold(Held* held) {
  auto work = [held] {
    ++held->at_once;
    ++held->begun;
    held->told.wait();
    --held->at_once;
  };
  co_await held->offload->run(work);
  ++held->ended;
}

Task<> run_beside_each_other(net::Loop& loop) {
  net::Offload offload(2);
  Held held;
  held.offload = &offload;
  for (int i = 0; i < 6; ++i) net::spawn(loop, hold(&held), "test");
  while (held.at_once < 2) co_await test::yield(loop);
  for (int i = 0; i < 20; ++i) co_await test::yield(loop);
  CHECK(held.begun == 2);
  held.go_on.set_value();
  while (held.ended < 6) co_await test::yield(loop);
  CHECK(held.begun == 6);
}

struct Cancelled {
  asio::cancellation_signal signal;
  std::promise<void> go_on;
  std::optional<Errc> code;
  bool done = false;
};

Task<> work_until_told(Cancelled* scene) {
  net::Offload offload(1);
  auto work = [scene] {
    scene->go_on.get_future().wait();
    scene->done = true;
    return 1;
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
  net::spawn(loop, work_until_told(&scene), scene.signal.slot(),
             [&ended](const std::exception_ptr& error) { ended = error == nullptr; });
  for (int i = 0; i < 10; ++i) co_await test::yield(loop);
  scene.signal.emit(asio::cancellation_type::terminal);
  for (int i = 0; i < 10; ++i) co_await test::yield(loop);
  CHECK_FALSE(ended);
  scene.go_on.set_value();
  co_await until(&loop, &ended);
  CHECK(scene.done);
  CHECK(scene.code == Errc::cancelled);
}

Task<> note_where_it_goes_on(net::Offload* offload, std::thread::id* where) {
  auto work = [] {};
  co_await offload->run(work);
  *where = std::this_thread::get_id();
}

Task<> write_flag(net::Offload* offload, std::promise<void>* begun, std::shared_future<void> told,
                  bool* written) {
  auto work = [&] {
    begun->set_value();
    told.wait();
    *written = true;
  };
  co_await offload->run(work);
}

}  // namespace

TEST_CASE("Offloaded work runs on another thread, the caller goes on on its own", "[net][offload]") {
  test::on_loop([](net::Loop& loop) { return run_elsewhere(loop); });
}

TEST_CASE("Offloaded work returns anything that can be moved", "[net][offload]") {
  test::on_loop([](net::Loop& loop) { return return_results(loop); });
}

TEST_CASE("What offloaded work throws comes out of the wait", "[net][offload]") {
  test::on_loop([](net::Loop& loop) { return run_and_throw(loop); });
}

TEST_CASE("Offloaded work follows one after the other", "[net][offload]") {
  test::on_loop([](net::Loop& loop) { return run_many(loop); });
}

TEST_CASE("No more work runs at once than there are threads, the rest follows", "[net][offload]") {
  test::on_loop([](net::Loop& loop) { return run_beside_each_other(loop); });
}

TEST_CASE("A cancel waits for work that was given, and is not forgotten", "[net][offload]") {
  test::on_loop([](net::Loop& loop) { return cancel_while_it_works(loop); });
}

TEST_CASE("One pool serves two loops, each of which gets its own callers back", "[net][offload]") {
  net::Loop first;
  net::Loop second;
  net::Offload offload(2);
  std::thread::id on_first;
  std::thread::id on_second;
  std::thread other([&] {
    net::spawn(second, note_where_it_goes_on(&offload, &on_second), "test");
    second.io().run_for(test::kLimit);
  });
  const std::thread::id others_id = other.get_id();
  net::spawn(first, note_where_it_goes_on(&offload, &on_first), "test");
  first.io().run_for(test::kLimit);
  other.join();
  CHECK(on_first == std::this_thread::get_id());
  CHECK(on_second == others_id);
}

TEST_CASE("A pool that ends waits for work that has begun, also when its loop does not run any more",
          "[net][offload]") {
  bool written = false;
  {
    net::Loop loop;
    net::Offload offload(1);
    std::promise<void> begun;
    std::promise<void> go_on;
    net::spawn(loop, write_flag(&offload, &begun, go_on.get_future().share(), &written), "test");
    loop.io().poll();
    begun.get_future().wait();
    go_on.set_value();
  }
  CHECK(written);
}
