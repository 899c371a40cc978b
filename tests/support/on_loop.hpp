// on_loop: runs a coroutine on a fresh event loop until it is done; a test that hangs fails after a limit.
#pragma once

#include <asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <exception>

#include "agent/task.hpp"
#include "net/loop.hpp"
#include "tests/support/sanitized.hpp"

namespace test {

// Only what hangs gets there. Sanitizers slow a program down two to ten times.
inline constexpr std::chrono::seconds kLimit{kSanitized ? 90 : 20};

// Rethrows what the coroutine throws. `make` is called with the loop and returns the Task.
template <class Make>
void on_loop(Make make) {
  agent::net::Loop loop;
  bool done = false;
  std::exception_ptr failure;
  asio::co_spawn(loop.io(), make(loop), [&](std::exception_ptr thrown) {
    failure = thrown;
    done = true;
    loop.stop();
  });
  loop.io().run_for(kLimit);
  if (failure) std::rethrow_exception(failure);
  REQUIRE(done);
}

}  // namespace test
