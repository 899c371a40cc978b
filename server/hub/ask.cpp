#include "hub/ask.hpp"

#include <cassert>
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

// CallSlot: where the replies of one call arrive. The session has it, too, and may keep it for a moment
// longer than the Call lives.
struct CallSlot final : Receiver {
  CallSlot(std::string tid, const CallLimits& call_limits) : limits(call_limits), tid_(std::move(tid)) {}

  const CallLimits limits;

  const std::string& tid() const override { return tid_; }
  bool has_room(std::size_t bytes) const override;
  bool pauses() const override { return limits.pauses; }
  void put(Envelope envelope, std::size_t bytes) override;
  // What has arrived is still delivered. The first end stays.
  void end(CallEnd end) override;

  struct Reply {
    Envelope envelope;
    std::size_t bytes;
  };

  // The oldest reply that was not taken yet.
  std::optional<Envelope> take();
  // The session may have stopped for want of room, and there is some now. Once for each time.
  bool frees_session() { return std::exchange(was_full_, false); }

  Call* call = nullptr;   // nullptr once the Call is destroyed
  bool was_sent = false;  // the agent has the request, or it is on its way
  std::optional<CallEnd> ended;

 private:
  const std::string tid_;
  std::vector<Reply> replies_;
  std::size_t taken_ = 0;          // of replies_
  std::size_t waiting_bytes_ = 0;  // of the others
  mutable bool was_full_ = false;
};

bool CallSlot::has_room(std::size_t bytes) const {
  const std::size_t waiting = replies_.size() - taken_;
  const bool fits = waiting == 0 || (waiting < limits.messages && waiting_bytes_ + bytes <= limits.bytes);
  if (!fits && limits.pauses) was_full_ = true;
  return fits;
}

void CallSlot::put(Envelope envelope, std::size_t bytes) {
  if (call == nullptr) return;
  replies_.push_back({std::move(envelope), bytes});
  waiting_bytes_ += bytes;
  call->wake();
}

void CallSlot::end(CallEnd end) {
  if (call == nullptr || ended) return;
  ended = std::move(end);
  call->wake();
}

std::optional<Envelope> CallSlot::take() {
  if (taken_ == replies_.size()) return std::nullopt;
  Reply& reply = replies_[taken_++];
  waiting_bytes_ -= reply.bytes;
  std::optional<Envelope> out(std::move(reply.envelope));
  if (taken_ == replies_.size()) {
    replies_.clear();
    taken_ = 0;
  }
  return out;
}

Call::Call(std::shared_ptr<Session> session, Clock::duration timeout, const CallLimits& limits)
    : session_(std::move(session)),
      slot_(std::make_shared<CallSlot>(new_tid(), limits)),
      deadline_(Clock::now() + timeout) {
  assert(session_->home().mailbox().is_here());
  slot_->call = this;
}

Call::~Call() {
  slot_->call = nullptr;
  if (!sent_) return;
  session_->home().counters().count(result_);
  session_->leave(slot_->tid());
  if (!over_ && slot_->was_sent) session_->cancel(slot_->tid());
}

void Call::send(std::string json) {
  if (std::exchange(sent_, true)) {
    session_->send_for(*slot_, json);
  } else {
    slot_->was_sent = session_->open(slot_, json);
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
