#include "core/calls.hpp"

#include <utility>

#include "agent/log.hpp"
#include "agent/wire/call.hpp"
#include "net/spawn.hpp"

namespace agent::core {

std::string describe(std::exception_ptr error) {
  try {
    std::rethrow_exception(std::move(error));
  } catch (const Error& known) {
    return std::string(known.text());
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an unknown exception";
  }
}

namespace {

bool wants_end(const Envelope& request) {
  const json::Value wish = request.root().find(wire::kEndKey);
  return wish.is_bool() && wish.as_bool();
}

// Turns of the loop from the last line of a coroutine that never waited to finished().
constexpr int kTurnsToEnd = 2;

void after_turns(net::Loop& loop, int turns, std::function<void()> work) {
  loop.post([&loop, turns, work = std::move(work)]() mutable {
    if (turns > 1) return after_turns(loop, turns - 1, std::move(work));
    work();
  });
}

// `message` is one of ours: an object with members.
std::string marked_as_last(std::string_view message) {
  return fmt::format("{{\"{}\":true,{}", wire::kEndKey, message.substr(1));
}

}  // namespace

CallState::CallState(Calls& the_calls, const Envelope& request)
    : calls(&the_calls), type(request.type()), tid(request.tid()) {
  place = calls->states_.emplace(tid, this);
  tells_end = !tid.empty() && wants_end(request);
}

CallState::~CallState() {
  if (calls != nullptr) calls->forget(*this);
}

Calls::Calls(net::Loop& loop, Sender& sender, const Counters& counters)
    : loop_(loop), sender_(sender), counters_(counters), kept_(sender.kept()) {}

Calls::~Calls() {
  for (const auto& [tid, state] : states_) {
    state->cancelled = true;
    state->calls = nullptr;
  }
}

void Calls::start(const Route& route, const Envelope& request) {
  if (kept_.is_repeated(request.tid(), request.type())) {
    counters_.duplicate_requests.add();
    return log::debug("call {}: its request came again", request.tid());
  }
  auto state = std::make_shared<CallState>(*this, request);
  try {
    Task<> task = route(request, Call(state));
    if (task.valid()) run(state, std::move(task));
  } catch (const Error& error) {
    if (error.code() == Errc::bad_message) counters_.bad_messages.add();
    fail(*state, std::string(error.text()));
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
  net::spawn(loop_, std::move(task), slot, std::move(done));
}

void Calls::finished(CallState& state, std::exception_ptr error) {
  counters_.running_calls.set(static_cast<double>(--running_));
  if (error) fail(state, describe(std::move(error)));
  if (running_ == 0 && on_idle) on_idle();
}

wire::Held Calls::begin(bool has_ack) {
  has_ack_ = has_ack;
  if (!has_ack) cancel_all_kept();
  return kept_.begin();
}

void Calls::acknowledge(const Envelope& message) {
  wire::Ack ack;
  try {
    ack = message.payload<wire::Ack>();
  } catch (const Error& error) {
    counters_.bad_messages.add();
    return log::warn("skipped a message: {}", error.what());
  }
  take_ack(message.tid(), ack);
}

void Calls::settle(const Envelope& message) {
  wire::Settled settled;
  try {
    settled = message.payload<wire::Settled>();
  } catch (const Error& error) {
    counters_.bad_messages.add();
    return log::warn("skipped a message: {}", error.what());
  }
  for (const std::string& tid : settled.calls) {
    const std::uint64_t last = kept_.last_taken(tid);
    if (last != 0) take_ack(tid, wire::Ack{.seq = last});
  }
}

void Calls::take_ack(std::string_view tid, const wire::Ack& ack) {
  const bool was_full = kept_.is_full();
  const KeptCalls::Acked result = kept_.ack(tid, ack);
  if (result == KeptCalls::Acked::fault) {
    counters_.bad_messages.add();
    log::error("call {}: cancelled, for the server acknowledges reply {}, which was never sent", tid,
               ack.seq);
  }
  CallState* state = find_kept(tid);
  if (state != nullptr && result != KeptCalls::Acked::well)
    cancel_kept(*state);
  else if (state != nullptr)
    state->room->wake();
  if (was_full && !kept_.is_full()) wake_kept();
  send_kept();
  if (on_settled) on_settled();
}

void Calls::cancel(std::string_view tid) {
  take_ack(tid, wire::Ack{.seq = 0, .over = true});
  const Places same = states_.equal_range(tid);
  if (same.first == same.second) return;
  log::debug("call {}: given up by its caller", tid);
  for (auto place = same.first; place != same.second; ++place) {
    if (!place->second->cancelled.exchange(true)) counters_.cancelled_calls.add();
  }
  cancel_coroutines(same, [](const CallState& state) { return !state.goes_on; });
}

void Calls::end() {
  has_ack_ = false;
  kept_.end();
  for (const auto& [tid, state] : states_) {
    if (!state->kept) state->cancelled = true;
  }
  cancel_coroutines({states_.begin(), states_.end()}, [](const CallState& state) { return !state.goes_on; });
  if (on_settled) on_settled();
}

void Calls::stop() {
  cancel_all_kept();
  for (const auto& [tid, state] : states_) state->cancelled = true;
  cancel_coroutines({states_.begin(), states_.end()}, [](const CallState&) { return true; });
}

// A coroutine that ends in here takes its own state out of the table, and maybe others'.
template <class Condition>
void Calls::cancel_coroutines(Places places, Condition condition) {
  std::vector<std::shared_ptr<CallState>> chosen;
  for (auto place = places.first; place != places.second; ++place) {
    CallState& state = *place->second;
    if (!condition(state)) continue;
    if (std::shared_ptr<CallState> alive = state.weak_from_this().lock()) chosen.push_back(std::move(alive));
  }
  for (const std::shared_ptr<CallState>& state : chosen) state->stop.emit(asio::cancellation_type::terminal);
}

void Calls::cancel_kept(CallState& state) {
  kept_states_.erase(state.tid);
  state.kept = false;
  state.cancelled = true;
  state.room->wake();
}

void Calls::cancel_all_kept() {
  kept_.clear();
  counters_.kept_bytes.set(0);
  while (!kept_states_.empty()) cancel_kept(*kept_states_.begin()->second);
}

void Calls::wake_kept() {
  for (const auto& [tid, state] : kept_states_) state->room->wake();
}

CallState* Calls::find_kept(std::string_view tid) const {
  auto found = kept_states_.find(tid);
  return found == kept_states_.end() ? nullptr : found->second;
}

void Calls::keep(CallState& state, Pace pace) {
  state.goes_on = true;
  if (!has_ack_ || state.kept || state.cancelled || state.tid.empty()) return;
  release(state);
  state.kept = kept_.add(state.tid, state.type, pace);
  if (!state.kept) return;
  state.room.emplace();
  kept_states_.emplace(state.tid, &state);
}

void Calls::forget(CallState& state) {
  states_.erase(state.place);
  if (state.tells_end) tell_end(state);
  if (!state.kept) return;
  kept_states_.erase(state.tid);
  kept_.finish(state.tid);
  sender_.flush();  // its last reply waits for no others
}

std::uint64_t Calls::next_number(const CallState& state) const {
  return state.kept ? kept_.next(state.tid) : 0;
}

void Calls::reply(CallState& state, std::string text) {
  if (state.tells_end && !state.kept) {
    hold(state, std::move(text));
  } else {
    pass_on(state, std::move(text));
  }
}

// Mostly a handler ends with its last reply. So the latest one waits for as long as that takes to be seen.
void Calls::hold(CallState& state, std::string text) {
  release(state);
  state.held = std::move(text);
  if (std::exchange(state.releasing, true)) return;
  after_turns(loop_, kTurnsToEnd, [waiting = state.weak_from_this()] {
    const std::shared_ptr<CallState> alive = waiting.lock();
    if (!alive || alive->calls == nullptr) return;
    alive->releasing = false;
    alive->calls->release(*alive);
  });
}

void Calls::release(CallState& state) {
  if (!state.held.empty()) pass_on(state, std::exchange(state.held, {}));
}

void Calls::tell_end(CallState& state) {
  state.tells_end = false;
  if (!state.held.empty()) {
    pass_on(state, marked_as_last(std::exchange(state.held, {})));
  } else if (!state.cancelled) {
    pass_on(state, encode_message(wire::CallEnd{}, state.tid, next_number(state)));
  }
}

void Calls::pass_on(const CallState& state, std::string text) {
  if (state.kept) {
    kept_.push(state.tid, std::move(text));
    send_kept();
  } else if (state.cancelled) {
    counters_.dropped_replies.add();
  } else {
    sender_.reply(std::move(text));
  }
}

void Calls::fail(CallState& state, const std::string& text) {
  if (state.cancelled) return;  // mostly this is how a handler takes that nobody waits for it any more
  log::warn("call {} failed: {}", state.tid, text);
  counters_.failed_calls.add();
  release(state);
  state.tells_end = false;  // an error is an end
  if (!state.tid.empty()) pass_on(state, encode_error(text, state.tid, next_number(state)));
}

void Calls::send_kept() {
  sender_.send_kept();
  counters_.kept_bytes.set(static_cast<double>(kept_.bytes()));
}

bool Calls::has_room(const CallState& state) const {
  return state.kept ? kept_.has_room(state.tid) : sender_.has_room();
}

Task<bool> Calls::wait_for_room(CallState& state) { return state.kept ? state.room->wait() : sender_.wait(); }

}  // namespace agent::core
