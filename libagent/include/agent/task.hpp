// Task<T>: what an asynchronous function returns.
//
// g++ 12 destroys temporaries inside a co_await expression twice: only names go into one
// (docs/decisions/only-names-in-co-await.md). Coroutine parameters go by value or handle.
#pragma once

#include <asio/awaitable.hpp>

namespace agent {

template <class T = void>
using Task = asio::awaitable<T>;

}  // namespace agent
