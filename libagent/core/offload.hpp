// Offload: runs blocking work on threads of its own, so that the loop goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "agent/task.hpp"
#include "net/loop.hpp"

namespace agent::core {

// Blocking work waits for the disk, not for a CPU; four at once keep a disk busy.
inline constexpr std::size_t kOffloadThreads = 4;

class Offload {
 public:
  explicit Offload(net::Loop& loop) : loop_(loop) {}
  // Waits for the work that has begun; what has not begun is forgotten.
  ~Offload();
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  // On the loop: runs `work` on another thread, which is started when there is none idle, and returns
  // when it is done. Throws what it throws. Work that has been given is waited for whatever happens, so
  // it may refer to the caller's variables. A caller that is cancelled meanwhile gets Errc::cancelled then.
  Task<> run(std::function<void()> work);

 private:
  struct Job;
  void submit(std::shared_ptr<Job> job);
  void serve();

  net::Loop& loop_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;
  std::size_t idle_ = 0;
  bool ended_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace agent::core
