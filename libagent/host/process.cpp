#include "agent/process.hpp"

#include <asio/use_awaitable.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/text_decoder.hpp"
#include "host/process_state.hpp"
#include "host/service/waiters.hpp"
#include "host/session_leader.hpp"

namespace agent {

using namespace host;

namespace {

constexpr std::chrono::milliseconds kLookForBegin{20};

}  // namespace

void check_charset(const std::string& charset) { TextDecoder decoder(charset); }

bool Process::State::is_over() const {
  return abandoned_ || (ended_ && !has_leader_ && (!stopping_ || group_gone_));
}

void Process::State::wake_if_over() {
  if (is_over()) over_.wake();
}

void Process::State::on_leader_end() {
  has_leader_ = false;
  wake_if_over();
}

void Process::State::abandon() {
  abandoned_ = true;
  over_.wake();
  if (!starting_) give_up();
}

void Process::State::give_up() {
  streams_->close();
  text_->forget_password();
  next_look_.cancel();
  deadline_.cancel();
  if (!group_) return;  // it has not begun
  reaper_->forget(pid_);
  if (!ended_ || (stopping_ && !group_gone_)) return kill_now();
  let_go();
}

void Process::State::call_later(std::chrono::milliseconds delay, void (State::*member)()) {
  deadline_.expires_after(delay);
  deadline_.async_wait([weak = weak_from_this(), member](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) (self.get()->*member)();
  });
}

void Process::State::on_end(const ChildEnd& end) {
  ended_ = true;
  ended_at_ = RealClock::now();
  deadline_.cancel();
  if (has_leader_) dismiss_leader(session_);
  streams_->ended();
  status_.signal = end.signal;
  status_.code = status_.timed_out ? -1 : end.code;
  next_look_.cancel();
  if (CommandMeter* const meter = group_->meter()) {
    meter->finish(end.usage);
    if (meter->ran_out_of_memory()) stopping_ = true;
  }
  if (stopping_) {
    kill_now();  // what it has left behind, though there may be grace left
  } else {
    let_go_soon();
  }
  wake_if_over();
}

void Process::State::look_later() {
  next_look_.expires_after(group_->meter()->next_look());
  next_look_.async_wait([weak = weak_from_this()](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->look();
  });
}

void Process::State::look() {
  if (ended_ || stopping_) return;
  switch (group_->meter()->look(RealClock::now())) {
    case CommandMeter::Verdict::fine: return look_later();
    case CommandMeter::Verdict::cpu_used_up: cpu_used_up_ = true; break;
    case CommandMeter::Verdict::out_of_memory: break;
  }
  begin_stop();
}

// What it has left behind can still be killed until then.
void Process::State::let_go_soon() {
  if (group_->meter() == nullptr) return;
  if (group_->gone()) return let_go();
  call_later(kLeftOverLimit, &State::let_go);
}

void Process::State::let_go() {
  if (stopping_ || std::exchange(let_go_, true)) return;
  reaper_->let_go(group_);
}

std::size_t Process::State::release_waiters(std::string_view service) const {
  return ended_ || pid_ == 0 ? 0 : release_service_waiters(pid_, service);
}

std::optional<CommandUsage> Process::State::usage() const {
  CommandMeter* const meter = group_->meter();
  return ended_ && meter != nullptr ? std::optional(meter->usage()) : std::nullopt;
}

CommandEnd Process::State::end() const {
  const AgentsPart part{
      .timed_out = status_.timed_out, .killed = status_.killed, .cpu_used_up = cpu_used_up_};
  const CommandMeter* const meter = group_->meter();
  return meter != nullptr ? meter->end(part) : decide_end({}, part);
}

void Process::State::time_out() {
  if (ended_ || stopping_) return;
  status_.timed_out = true;
  begin_stop();
}

bool Process::State::kill_tree() {
  if (ended_ && (group_gone_ || RealClock::now() > ended_at_ + kLeftOverLimit)) return false;
  if (stopping_) return true;
  status_.killed = !ended_;
  begin_stop();
  return true;
}

void Process::State::begin_stop() {
  stopping_ = true;
  if (stop_grace_.count() <= 0 || ended_) return kill_now();
  group_->signal(SIGTERM);
  call_later(stop_grace_, &State::kill_now);
}

void Process::State::kill_now() {
  if (std::exchange(killing_, true)) return;
  reaper_->kill(group_, [weak = weak_from_this()](bool all) {
    if (const auto self = weak.lock()) self->on_group_gone(all);
  });
}

// What cannot be killed (it waits for a disk, or is another user's and we are not root) is hung up on and
// left alone.
void Process::State::on_group_gone(bool all) {
  group_gone_ = true;
  if (!all) log::warn("process {}: a part of its tree cannot be killed", pid_);
  if (!ended_) {
    ended_ = true;
    if (CommandMeter* const meter = group_->meter()) meter->finish({});
    status_.code = -1;
    streams_->close();
    reaper_->forget(pid_);
  }
  has_leader_ = false;
  over_.wake();
}

Task<ExitStatus> Process::State::wait(std::shared_ptr<State> self) {
  while (!self->is_over()) co_await self->over_.wait();
  if (self->abandoned_) throw Error(Errc::cancelled, "wait: the process was given up");
  co_return self->status_;
}

Task<std::string> Process::State::read(std::shared_ptr<State> self, Wanted wanted) {
  OutputPiece piece = co_await read_piece(std::move(self), wanted);
  co_return std::move(piece.text);
}

Task<OutputPiece> Process::State::read_piece(std::shared_ptr<State> self, Wanted wanted) {
  OutputPiece piece;
  for (bool is_end = false; !is_end && piece.text.empty();) {
    const std::chrono::milliseconds limit = self->text_->limit();
    std::optional<OutputPiece> bytes = co_await self->streams_->read(wanted, limit);
    is_end = bytes && bytes->text.empty();
    piece =
        is_end ? self->text_->last(wanted) : self->text_->decode(std::move(bytes).value_or(OutputPiece()));
  }
  co_return piece;
}

// What is typed before that would be taken for the password.
Task<> Process::State::write_later(std::shared_ptr<State> self, std::string bytes) {
  while (!self->ended_ && !self->takes_input()) {
    asio::steady_timer look(self->reaper_->executor(), kLookForBegin);
    co_await look.async_wait(asio::use_awaitable);
  }
  co_await self->streams_->write(std::move(bytes));
}

bool Process::State::signal(std::string_view name) {
  return !ended_ && pid_ != 0 && streams_->signal(pid_, name);
}

Process::Process(ChildReaper& reaper, ProcessOptions options)
    : state_(State::make(reaper.running(), std::move(options))) {
  state_->begin();
}

Process::Process(std::shared_ptr<State> state) : state_(std::move(state)) {}

Task<std::unique_ptr<Process>> Process::start(ChildReaper& reaper, ProcessOptions options) {
  std::shared_ptr<State> state = State::make(reaper.running(), std::move(options));
  state->begin_beside();
  return State::started(std::unique_ptr<Process>(new Process(std::move(state))));
}

Process::~Process() { state_->abandon(); }

int Process::pid() const { return state_->pid(); }

Task<std::string> Process::read() { return State::read(state_, Wanted::output); }

Task<std::string> Process::read_error() { return State::read(state_, Wanted::error); }

Task<OutputPiece> Process::read_piece() { return State::read_piece(state_, Wanted::either); }

Task<ExitStatus> Process::wait() { return State::wait(state_); }

Task<> Process::write(std::string bytes) {
  if (state_->takes_input()) return state_->streams().write(std::move(bytes));
  return State::write_later(state_, std::move(bytes));
}

void Process::close_input() { state_->close_input(); }

void Process::resize(TerminalSize size) { state_->streams().resize(size); }

bool Process::signal(std::string_view name) { return state_->signal(name); }

bool Process::kill_tree() { return state_->kill_tree(); }

std::size_t Process::release_waiters(std::string_view service) { return state_->release_waiters(service); }

std::optional<CommandUsage> Process::usage() const { return state_->usage(); }

CommandEnd Process::end() const { return state_->end(); }

}  // namespace agent
