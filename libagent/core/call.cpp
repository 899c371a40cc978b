#include "agent/call.hpp"

#include <utility>

#include "core/calls.hpp"

namespace agent {
namespace {

[[noreturn]] void throw_cancelled() { throw Error(Errc::disconnected, "the call's session has ended"); }

Task<> wait_for_room(std::shared_ptr<core::CallState> call) {
  try {
    while (!call->cancelled) {
      if (call->calls->has_room(*call)) co_return;
      co_await call->calls->wait_for_room(*call);
    }
  } catch (const Error&) {  // cancelled while it waited
  }
  throw_cancelled();
}

Task<> wait_for_idle(std::shared_ptr<core::CallState> call) {
  try {
    while (!call->cancelled) {
      if (call->calls->is_idle()) co_return;
      co_await call->calls->wait_for_idle();
    }
  } catch (const Error&) {  // cancelled while it waited
  }
  throw_cancelled();
}

}  // namespace

const core::CallState& core::state_of(const Call& call) { return *call.state_; }

void Call::keep(Pace pace) const {
  if (state_->calls != nullptr) state_->calls->keep(*state_, pace);
}

std::uint64_t Call::next_number() const {
  return state_->calls == nullptr ? 0 : state_->calls->next_number(*state_);
}

void Call::send_text(std::string text) const {
  if (state_->calls != nullptr) state_->calls->reply(*state_, std::move(text));
}

void Call::fail(std::string_view text) const {
  if (state_->calls != nullptr) state_->calls->fail(*state_, std::string(text));
}

// Both throw before there is anything to wait for: in a coroutine that is cancelled, too, any wait throws
// asio's own error.

Task<> Call::idle() const {
  if (state_->cancelled) throw_cancelled();
  return wait_for_idle(state_);
}

Task<> Call::room() const {
  if (state_->cancelled) throw_cancelled();
  return wait_for_room(state_);
}

const std::string& Call::task_id() const { return state_->tid; }

bool Call::cancelled() const { return state_->cancelled; }

}  // namespace agent
