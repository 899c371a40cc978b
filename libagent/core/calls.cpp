#include "core/calls.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <utility>

#include "agent/log.hpp"

namespace agent::core {

std::string describe(std::exception_ptr error) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an unknown exception";
  }
}

CallState::CallState(Calls& the_calls, std::string_view the_tid) : calls(&the_calls), tid(the_tid) {
  calls->states_.insert(this);
}

CallState::~CallState() {
  if (calls != nullptr) calls->states_.erase(this);
}

Calls::~Calls() {
  for (CallState* state : states_) {
    state->cancelled = true;
    state->calls = nullptr;
  }
}

void Calls::start(const Route& route, const Envelope& request) {
  auto state = std::make_shared<CallState>(*this, request.tid());
  try {
    Task<> task = route(request, Call(state));
    if (task.valid()) run(state, std::move(task));
  } catch (const Error& error) {
    if (error.code() == Errc::bad_message) counters_.bad_messages.add();
    fail(*state, error.what());
  } catch (...) {
    fail(*state, describe(std::current_exception()));
  }
}

void Calls::run(std::shared_ptr<CallState> state, Task<> task) {
  counters_.running_calls.set(static_cast<double>(++running_));
  asio::cancellation_slot slot = state->stop.slot();
  auto done = [this, state = std::move(state)](std::exception_ptr error) {
    finished(*state, std::move(error));
  };
  asio::co_spawn(loop_.io(), std::move(task), asio::bind_cancellation_slot(slot, std::move(done)));
}

void Calls::finished(CallState& state, std::exception_ptr error) {
  counters_.running_calls.set(static_cast<double>(--running_));
  if (error) fail(state, describe(std::move(error)));
  if (running_ == 0 && on_idle) on_idle();
}

void Calls::reply(const CallState& state, std::string text) {
  if (state.cancelled) {
    counters_.dropped_replies.add();
  } else {
    sender_.reply(std::move(text));
  }
}

void Calls::fail(const CallState& state, const std::string& text) {
  if (state.cancelled) return;  // mostly this is how a handler takes that nobody waits for it any more
  log::warn("call {} failed: {}", state.tid, text);
  counters_.failed_calls.add();
  if (!state.tid.empty()) sender_.reply(encode_error(text, state.tid));
}

std::vector<std::shared_ptr<CallState>> Calls::in_flight() const {
  std::vector<std::shared_ptr<CallState>> states;
  for (CallState* state : states_) {
    if (std::shared_ptr<CallState> alive = state->weak_from_this().lock()) states.push_back(std::move(alive));
  }
  return states;
}

void Calls::cancel() {
  for (CallState* state : states_) state->cancelled = true;
}

void Calls::stop() {
  cancel();
  for (const std::shared_ptr<CallState>& state : in_flight())
    state->stop.emit(asio::cancellation_type::terminal);
}

}  // namespace agent::core
