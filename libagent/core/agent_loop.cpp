#include "core/agent_loop.hpp"

#include <utility>

namespace agent::core {

void AgentLoop::post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (loop_ == nullptr) {
    waiting_.push_back(std::move(work));
  } else {
    loop_->post(std::move(work));
  }
}

void AgentLoop::open(net::Loop& loop) {
  std::lock_guard lock(mutex_);
  loop_ = &loop;
  thread_ = std::this_thread::get_id();
  for (std::function<void()>& work : waiting_) loop.post(std::move(work));
  waiting_.clear();
}

void AgentLoop::close() {
  std::lock_guard lock(mutex_);
  loop_ = nullptr;
  thread_ = std::thread::id();
}

}  // namespace agent::core
