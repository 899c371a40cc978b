#include "tests/bench/bench_loop.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <cstdio>
#include <exception>
#include <utility>

namespace bench {
namespace {

void print(const char* program, const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
  }
}

}  // namespace

int run_to_end(const char* program, agent::net::Loop& loop, agent::Task<> all, std::chrono::seconds limit) {
  int result = 1;
  asio::co_spawn(loop.io(), std::move(all), [&](std::exception_ptr failure) {
    result = failure ? 1 : 0;
    if (failure) print(program, failure);
    loop.stop();
  });
  loop.io().run_for(limit);
  if (result != 0) std::fprintf(stderr, "%s: not finished\n", program);
  return result;
}

agent::Task<> pause(agent::net::Loop& loop, std::chrono::milliseconds time) {
  asio::steady_timer timer(loop.io(), time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace bench
