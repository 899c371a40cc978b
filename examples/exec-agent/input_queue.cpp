#include "input_queue.hpp"

#include <algorithm>
#include <utility>

void InputQueue::put(std::uint64_t offset, std::string_view bytes, bool end) {
  if (ended_ || offset > got_) return;
  const std::uint64_t known = got_ - offset;
  if (known > bytes.size()) return;  // an older message that comes again
  bytes.remove_prefix(static_cast<std::size_t>(known));
  const std::string_view granted = bytes.substr(0, static_cast<std::size_t>(until() - got_));
  got_ += granted.size();
  if (!closed_) waiting_ += granted;
  ended_ = end && granted.size() == bytes.size();
}

std::string InputQueue::take() {
  in_hand_ = waiting_.size();
  return std::exchange(waiting_, {});
}

void InputQueue::close() {
  closed_ = true;
  in_hand_ = 0;
  waiting_.clear();
}

std::uint64_t InputQueue::until() const {
  const std::size_t held = waiting_.size() + in_hand_;
  return got_ + (agent::wire::kInputWindow - std::min(held, agent::wire::kInputWindow));
}
