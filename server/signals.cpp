#include "signals.hpp"

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>

#include "agent/log.hpp"
#include "net/loop.hpp"

namespace server {

using agent::Task;
using agent::net::Clock;

namespace {

// It takes 10 s at most to leave; the rest is for the threads to end.
constexpr std::chrono::seconds kStopLimit{9};
constexpr std::chrono::milliseconds kLook{20};

}  // namespace

Task<> stop_on_signal(std::unique_ptr<asio::signal_set> signals, StopHooks hooks) {
  co_await signals->async_wait(asio::use_awaitable);
  agent::log::info("stopping");
  hooks.stop();

  asio::steady_timer timer(signals->get_executor());
  const auto end = Clock::now() + kStopLimit;
  while (!hooks.is_done() && Clock::now() < end) {
    timer.expires_after(kLook);
    co_await timer.async_wait(asio::use_awaitable);
  }
  hooks.leave();
}

Task<> reload_on_signal(std::unique_ptr<asio::signal_set> signals, std::function<void()> reload) {
  for (;;) {
    co_await signals->async_wait(asio::use_awaitable);
    reload();
  }
}

}  // namespace server
