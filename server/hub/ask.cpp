#include "hub/ask.hpp"

#include <utility>

#include "hub/ids.hpp"
#include "hub/refusal.hpp"

namespace server {

using agent::Envelope;
using agent::Errc;
using agent::Error;
using agent::Task;
using agent::net::Clock;

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
