// Offload: runs blocking work on threads of its own, so that a loop goes on.
//
// One pool serves any number of loops, and is destroyed before them. Its threads are for what waits for a
// disk or computes, never for the network.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "agent/task.hpp"

namespace agent::net {

class Offload {
 public:
  // At most `threads` pieces of work run at a time, further ones queue in order. A thread is started when
  // work comes and none is idle, and stays.
  explicit Offload(std::size_t threads) : limit_(threads) {}
  // Waits for the work that has begun. What has not begun is forgotten: whoever waits for it does so until
  // the loop ends.
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  // Runs `work` on another thread; the coroutine goes on where it was when it is done. Throws what it throws.
  // Nothing interrupts work that has been given, which is waited for whatever happens, so that it may use the
  // caller's variables. A caller that is cancelled meanwhile gets Errc::cancelled then. Any loop.
  Task<> run(std::function<void()> work);

  // The same for work with a result, of which a reference is copied; and for work that cannot be copied.
  template <class Work, class Result = std::remove_cvref_t<std::invoke_result_t<Work&>>>
  Task<Result> run(Work work) {
    if constexpr (std::is_void_v<Result>) {
      std::function<void()> step = [&work] { work(); };
      co_await run(step);
    } else {
      std::optional<Result> result;
      std::function<void()> step = [&work, &result] { result.emplace(work()); };
      co_await run(step);
      co_return std::move(*result);
    }
  }

 private:
  struct Job;
  void submit(std::shared_ptr<Job> job);
  void serve();

  const std::size_t limit_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::size_t idle_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace agent::net
