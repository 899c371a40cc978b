// OffloadPool: threads for work that blocks; its result comes back to the loop that asked.
#pragma once

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

#include "agent/task.hpp"

namespace server {

// Its threads only run what never waits for the network.
class OffloadPool {
 public:
  explicit OffloadPool(std::size_t threads) : pool_(threads) {}
  // Waits for the work that runs; destroy it before the loops.
  ~OffloadPool() {
    pool_.stop();
    pool_.join();
  }

  // Runs `work` on a thread of the pool and returns or throws what it does. The result needs a default
  // constructor. A cancelled caller learns of it once the work is done.
  template <class Work, class Result = std::invoke_result_t<Work&>>
  agent::Task<Result> run(Work work) {
    auto token = asio::use_awaitable;
    return asio::async_initiate<decltype(token), void(std::exception_ptr, Result)>(
        [](auto handler, asio::thread_pool* pool, Work todo) {
          auto home = asio::make_work_guard(asio::get_associated_executor(handler));
          asio::post(*pool, [handler = std::move(handler), home, todo = std::move(todo)]() mutable {
            std::exception_ptr error;
            Result result{};
            try {
              result = todo();
            } catch (...) {
              error = std::current_exception();
            }
            auto finish = [handler = std::move(handler), error, result = std::move(result)]() mutable {
              handler(error, std::move(result));
            };
            asio::post(home.get_executor(), std::move(finish));
          });
        },
        token, &pool_, std::move(work));
  }

 private:
  asio::thread_pool pool_;
};

}  // namespace server
