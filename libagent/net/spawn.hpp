// Starting coroutines: on(loop, task) and come back with the result, or spawn() and let it run.
//
// Not templates where they need not be: starting a coroutine costs a compiler two seconds per file.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace asio {
class cancellation_slot;
}

namespace agent::net {

// Runs `task` on `loop`. What it throws is logged by log_failure(). Any thread.
void spawn(Loop& loop, Task<> task, std::string what);

// Logs what a task threw as an error "<what>: …", but for nothing (nullptr) and for the end of a connection,
// a cancel and the end of the loop, which end many tasks. Any thread.
void log_failure(std::string_view what, const std::exception_ptr& thrown);

// Runs `task` on `loop`, then calls `done` there with what it threw, for which it answers. Any thread.
using Done = std::function<void(std::exception_ptr)>;
void spawn(Loop& loop, Task<> task, Done done);
// The same; the coroutine is cancelled when the slot's signal is emitted, on the loop.
void spawn(Loop& loop, Task<> task, asio::cancellation_slot stop, Done done);

// Runs `task` on another loop and comes back to the caller's. Returns or throws what it does. When the caller
// is cancelled, so is the task. The threads of both loops must have ended before either loop does.
Task<> on(Loop& loop, Task<> task);
template <class T>
Task<T> on(Loop& loop, Task<T> task);

// ---- details

namespace detail {
template <class T>
Task<> store(Task<T> task, std::shared_ptr<std::optional<T>> result) {
  *result = co_await std::move(task);
}
}  // namespace detail

template <class T>
Task<T> on(Loop& loop, Task<T> task) {
  auto result = std::make_shared<std::optional<T>>();  // shared: a loop that ends may end us before the step
  Task<> step = detail::store(std::move(task), result);
  co_await on(loop, std::move(step));
  co_return std::move(**result);
}

}  // namespace agent::net
