#include "signals.hpp"

#include <signal.h>

#include <asio/use_awaitable.hpp>
#include <chrono>

#include "agent/log.hpp"
#include "base/event.hpp"
#include "net/loop.hpp"

namespace server {

using agent::Task;
using agent::net::Clock;

namespace {

// It takes 10 s at most to leave; the rest is for the threads to end.
constexpr std::chrono::seconds kStopLimit{9};
constexpr std::chrono::milliseconds kLook{20};

void attempt(const Reload& reload) {
  try {
    reload.work();
    agent::log::info("reloaded {}", reload.what);
  } catch (const std::exception& error) {
    agent::log::error("not reloaded: {}: {}", reload.what, error.what());
  }
}

}  // namespace

Task<> stop_on_signal(std::unique_ptr<asio::signal_set> signals, StopHooks hooks) {
  co_await signals->async_wait(asio::use_awaitable);
  agent::log::info("stopping");
  hooks.stop();

  const auto end = Clock::now() + kStopLimit;
  while (!hooks.is_done() && Clock::now() < end) co_await agent::pause(kLook);
  hooks.leave();
}

Task<> reload_on_signal(std::unique_ptr<asio::signal_set> signals, std::vector<Reload> reloads) {
  for (;;) {
    co_await signals->async_wait(asio::use_awaitable);
    for (const Reload& reload : reloads) attempt(reload);
  }
}

void prepare_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace server
