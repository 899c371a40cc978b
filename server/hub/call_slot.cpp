#include "hub/call_slot.hpp"

#include "hub/ask.hpp"

namespace server {

using agent::Envelope;

bool CallSlot::fits(std::size_t bytes) const {
  const std::uint32_t messages = waiting_messages_;
  return messages == 0 || (messages < limits.messages && waiting_bytes_ + bytes <= limits.bytes);
}

bool CallSlot::has_room(std::size_t bytes) const {
  if (fits(bytes)) return true;
  if (!limits.pauses) return false;
  was_full_ = true;
  return fits(bytes);  // the caller may have taken the last one before it could see that
}

void CallSlot::put(Envelope envelope, std::size_t bytes) {
  waiting_messages_.fetch_add(1, std::memory_order_relaxed);
  waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  caller.mailbox().run([self = shared_from_this(), envelope = std::move(envelope), bytes]() mutable {
    if (self->call == nullptr) return;
    self->replies_.push_back({std::move(envelope), bytes});
    self->call->wake();
  });
}

void CallSlot::end(CallEnd end) {
  caller.mailbox().run([self = shared_from_this(), end = std::move(end)] {
    if (self->call == nullptr || self->ended) return;
    self->ended = end;
    self->call->wake();
  });
}

std::optional<Envelope> CallSlot::take() {
  if (taken_ == replies_.size()) return std::nullopt;
  Reply& reply = replies_[taken_++];
  waiting_messages_.fetch_sub(1);  // before frees_session() looks
  waiting_bytes_.fetch_sub(reply.bytes);
  std::optional<Envelope> out(std::move(reply.envelope));
  if (taken_ == replies_.size()) {
    replies_.clear();
    taken_ = 0;
  }
  return out;
}

}  // namespace server
