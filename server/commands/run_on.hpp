// run_on: a coroutine's step on another loop.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace server {

// Runs `step` on `loop` and comes back with its result, or throws what it throws. When the caller is
// cancelled, so is the step.
template <class T>
agent::Task<T> run_on(agent::net::Loop& loop, agent::Task<T> step) {
  return asio::co_spawn(loop.io(), std::move(step), asio::use_awaitable);
}

}  // namespace server
