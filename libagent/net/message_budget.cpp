#include "net/message_budget.hpp"

#include <algorithm>
#include <utility>

#include "net/deflate.hpp"

namespace agent::net {

MessageBudget::MessageBudget(std::size_t limit, std::size_t max_message)
    : limit_(std::max(limit, max_message + kInflateMemory)) {}

std::size_t MessageBudget::held() const {
  std::lock_guard lock(mutex_);
  return held_;
}

bool MessageBudget::set(Share& share, std::size_t bytes) {
  std::lock_guard lock(mutex_);
  if (share.gone_) return false;
  held_ = held_ - share.bytes_ + bytes;
  share.bytes_ = bytes;
  while (held_ > limit_) {
    Share& most = largest();
    held_ -= std::exchange(most.bytes_, 0);
    most.gone_ = true;
    if (&most == &share) return false;
    most.let_go_();
  }
  return true;
}

MessageBudget::Share& MessageBudget::largest() const {
  return **std::max_element(shares_.begin(), shares_.end(),
                            [](const Share* a, const Share* b) { return a->bytes_ < b->bytes_; });
}

void MessageBudget::release(Share& share) {
  std::lock_guard lock(mutex_);
  held_ -= share.bytes_;
  shares_[share.position_] = shares_.back();
  shares_[share.position_]->position_ = share.position_;
  shares_.pop_back();
}

MessageBudget::Share::Share(MessageBudget& budget, std::function<void()> let_go)
    : budget_(budget), let_go_(std::move(let_go)) {
  std::lock_guard lock(budget_.mutex_);
  position_ = budget_.shares_.size();
  budget_.shares_.push_back(this);
}

MessageBudget::Share::~Share() { budget_.release(*this); }

bool MessageBudget::Share::must_go() const {
  std::lock_guard lock(budget_.mutex_);
  return gone_;
}

bool MessageBudget::Share::hold(std::size_t bytes) { return budget_.set(*this, bytes); }

}  // namespace agent::net
