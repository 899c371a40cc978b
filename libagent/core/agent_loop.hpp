// AgentLoop: the agent's loop as other threads know it, also before it runs and after it has ended.
//
// Work that is posted before the loop opens waits for it; work posted after its end is never done.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "net/loop.hpp"

namespace agent::core {

class AgentLoop {
 public:
  // Runs `work` on the loop: soon, or when the loop opens. Any thread.
  void post(std::function<void()> work);

  // From now on, work goes to this loop, whose thread is the caller's.
  void open(net::Loop& loop);
  void close();

  // The calling thread is that of the open loop. Any thread.
  bool on_loop() const { return thread_.load() == std::this_thread::get_id(); }

 private:
  std::mutex mutex_;  // guards what follows
  net::Loop* loop_ = nullptr;
  std::vector<std::function<void()>> waiting_;
  std::atomic<std::thread::id> thread_{};
};

}  // namespace agent::core
