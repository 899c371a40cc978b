#include "core/offload.hpp"

#include <catch2/catch.hpp>
#include <thread>

#include "agent/error.hpp"
#include "tests/support/on_loop.hpp"

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

}  // namespace

TEST_CASE("Offloaded work runs on another thread, the caller goes on on its own", "[core]") {
  test::on_loop([](net::Loop& loop) { return run_elsewhere(loop); });
}

TEST_CASE("What offloaded work throws comes out of the wait", "[core]") {
  test::on_loop([](net::Loop& loop) { return run_and_throw(loop); });
}

TEST_CASE("Offloaded work follows one after the other", "[core]") {
  test::on_loop([](net::Loop& loop) { return run_many(loop); });
}
