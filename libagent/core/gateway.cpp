#include "core/gateway.hpp"

#include <utility>

namespace agent::core {

void Gateway::post(std::function<void()> work) {
  std::lock_guard lock(mutex_);
  if (loop_ == nullptr) {
    waiting_.push_back(std::move(work));
  } else {
    loop_->post(std::move(work));
  }
}

void Gateway::open(net::Loop& loop) {
  std::lock_guard lock(mutex_);
  loop_ = &loop;
  thread_ = std::this_thread::get_id();
  for (std::function<void()>& work : waiting_) loop.post(std::move(work));
  waiting_.clear();
}

void Gateway::close() {
  std::lock_guard lock(mutex_);
  loop_ = nullptr;
  thread_ = std::thread::id();
}

}  // namespace agent::core
