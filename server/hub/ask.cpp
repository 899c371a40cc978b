#include "hub/ask.hpp"

#include <atomic>
#include <utility>
#include <vector>

#include "agent/wire/call.hpp"
#include "hub/ids.hpp"

namespace server {

using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Clock;

Error refusal(const Envelope& error) {
  const agent::json::Value reason = error.root().find(agent::wire::kReasonKey);
  const bool is_unserved = reason.is_string() && reason.as_string() == agent::wire::kUnservedReason;
  return {is_unserved ? Errc::wrong_type : Errc::refused, std::string(error.errmsg())};
}

// CallSlot: where the replies of one call arrive, between the session's loop and the caller's.
struct CallSlot final : Receiver, std::enable_shared_from_this<CallSlot> {
  CallSlot(Shard& caller_home, std::string tid, const CallLimits& call_limits)
      : caller(caller_home), limits(call_limits), tid_(std::move(tid)) {}

  Shard& caller;
  const CallLimits limits;

  const std::string& tid() const override { return tid_; }

  // ---- the session's loop

  bool has_room(std::size_t bytes) const override;
  bool pauses() const override { return limits.pauses; }
  void put(Envelope envelope, std::size_t bytes) override;
  // What has arrived is still delivered. The first end stays.
  void end(CallEnd end) override;
  bool was_sent = false;  // the agent has the request, or it is on its way

  // ---- the caller's loop

  struct Reply {
    Envelope envelope;
    std::size_t bytes;
  };

  // The oldest reply that was not taken yet.
  std::optional<Envelope> take();
  // The session may have stopped for want of room, and there is some now. Once for each time.
  bool frees_session() { return was_full_ && was_full_.exchange(false); }

  Call* call = nullptr;  // nullptr once the Call is destroyed
  // Set with that; read by the session's loop, too: what was not sent by then needs not be.
  std::atomic<bool> abandoned{false};
  std::optional<CallEnd> ended;

 private:
  bool fits(std::size_t bytes) const;

  const std::string tid_;

  // Both loops: on the way to the caller, or waiting there.
  std::atomic<std::uint32_t> waiting_messages_{0};
  std::atomic<std::size_t> waiting_bytes_{0};
  mutable std::atomic<bool> was_full_{false};

  // The caller's loop.
  std::vector<Reply> replies_;
  std::size_t taken_ = 0;  // of replies_
};

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

Call::Call(Hub& hub, agent::net::Loop& caller, std::shared_ptr<Session> session, Clock::duration timeout,
           const CallLimits& limits)
    : session_(std::move(session)),
      slot_(std::make_shared<CallSlot>(hub.at(caller), new_tid(), limits)),
      deadline_(Clock::now() + timeout) {
  slot_->call = this;
}

Call::~Call() {
  slot_->call = nullptr;
  if (!sent_) return;
  slot_->abandoned.store(true, std::memory_order_relaxed);
  slot_->caller.counters().count(result_);
  auto& mailbox = session_->home().mailbox();
  mailbox.run([session = std::move(session_), slot = std::move(slot_), cancel = !over_] {
    session->leave(slot->tid());
    if (cancel && slot->was_sent) session->cancel(slot->tid());
  });
}

void Call::send(std::string json) {
  auto& mailbox = session_->home().mailbox();
  if (std::exchange(sent_, true)) {
    mailbox.run(
        [session = session_, slot = slot_, json = std::move(json)] { session->send_for(*slot, json); });
  } else {
    mailbox.run([session = session_, slot = slot_, json = std::move(json)] {
      if (!slot->abandoned.load(std::memory_order_relaxed)) slot->was_sent = session->open(slot, json);
    });
  }
}

const std::string& Call::tid() const { return slot_->tid(); }

Task<Envelope> Call::next() {
  for (;;) {
    std::optional<Envelope> reply = take();
    if (reply) co_return std::move(*reply);
    if (Clock::now() >= deadline_) fail(CallResult::timeout, Error(Errc::timeout, "timeout"));

    try {
      co_await changed_.wait(deadline_);
    } catch (const Error&) {
      cancel("the caller gave up");
    }
  }
}

std::optional<Envelope> Call::take() {
  std::optional<Envelope> reply = slot_->take();
  if (!reply) {
    if (slot_->ended) fail(slot_->ended->result, slot_->ended->reason);
    return std::nullopt;
  }
  if (slot_->frees_session()) session_->resume();
  const bool is_error = reply->type() == agent::wire::kErrorType;
  over_ = over_ || is_error || !slot_->limits.many;
  if (is_error) fail(CallResult::refused, refusal(*reply));
  result_ = CallResult::ok;
  return reply;
}

void Call::fail(CallResult result, const Error& error) {
  result_ = result;
  throw error;
}

void Call::expires_at(Clock::time_point deadline) {
  deadline_ = deadline;
  changed_.wake();
}

void Call::cancel(std::string_view reason) {
  slot_->end({CallResult::cancelled, Error(Errc::cancelled, std::string(reason))});
}

}  // namespace server
