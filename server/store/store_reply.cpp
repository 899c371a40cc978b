#include "store/store_reply.hpp"

#include <asio/post.hpp>
#include <utility>

namespace server::store {

// However the coroutine ends, its loop may be destroyed from then on.
class StoreReply::Leave {
 public:
  explicit Leave(std::shared_ptr<StoreReply> reply) : reply_(std::move(reply)) {}
  ~Leave() { reply_->leave(); }
  Leave(const Leave&) = delete;
  Leave& operator=(const Leave&) = delete;

 private:
  std::shared_ptr<StoreReply> reply_;
};

void StoreReply::settle() {
  std::lock_guard lock(mutex_);
  is_settled_ = true;
  if (!is_left_) asio::post(home_, [self = shared_from_this()] { self->changed_.wake(); });
}

bool StoreReply::is_settled() {
  std::lock_guard lock(mutex_);
  return is_settled_;
}

bool StoreReply::is_left() {
  std::lock_guard lock(mutex_);
  return is_left_;
}

void StoreReply::leave() {
  std::lock_guard lock(mutex_);
  is_left_ = true;
  home_ = {};
}

agent::Task<bool> StoreReply::wait(std::shared_ptr<StoreReply> reply, Time deadline) {
  const Leave leave(reply);
  bool in_time = true;
  while (!reply->is_settled()) {
    if (!in_time) co_return false;
    in_time = co_await reply->changed_.wait(deadline);
  }
  co_return true;
}

}  // namespace server::store
