#include "agent/process.hpp"

#include <asio/steady_timer.hpp>
#include <csignal>
#include <optional>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "base/event.hpp"
#include "base/text_decoder.hpp"
#include "host/child_reaper.hpp"
#include "host/child_streams.hpp"
#include "host/own_process.hpp"
#include "host/process_text.hpp"
#include "host/session_leader.hpp"
#include "host/spawn_child.hpp"

namespace agent {

using namespace host;

namespace {

// Processes take real time, whatever clock a test has.
using RealClock = std::chrono::steady_clock;

}  // namespace

void check_charset(const std::string& charset) { TextDecoder decoder(charset); }

// What a start needs, and what becomes of it. A start beside the loop has it for itself until it is done.
struct Process::Start {
  SpawnPlan plan;
  std::string mark;
  CommandLimits limits;
  bool measured = false;
  std::chrono::milliseconds limit{0};

  std::shared_ptr<ProcessGroup> group;
  Spawned spawned;
  bool has_group = false;
  std::exception_ptr failure;

  // Any thread.
  void run(const ChildReaper::State& reaper);
};

void Process::Start::run(const ChildReaper::State& reaper) {
  try {
    if (reaper.is_stopped()) throw ChildReaper::State::about_to_end();
    group->make();
    has_group = true;
    plan.group = group->entrances();
    plan.birthplace = group->birthplace();
    spawned = host::spawn(plan);
  } catch (...) {
    failure = std::current_exception();
    group->let_go();
  }
}

// State: a child, its streams, its deadline and its end. Held by its Process and by those who wait for it.
class Process::State : public std::enable_shared_from_this<Process::State> {
 public:
  // All but the start.
  static std::shared_ptr<State> make(const std::shared_ptr<ChildReaper::State>& reaper,
                                     ProcessOptions options);
  State(std::shared_ptr<ChildReaper::State> reaper, ProcessOptions options, std::shared_ptr<Start> start);
  // Starts it; throws what fails.
  void begin();
  // The same, with what the kernel lets wait on another thread: started() tells when it is done.
  void begin_beside();
  static Task<std::unique_ptr<Process>> started(std::unique_ptr<Process> process);
  // The Process is gone: kills what has not ended, and lets those go on who wait.
  void abandon();

  int pid() const { return pid_; }
  ChildStreams& streams() { return *streams_; }
  void close_input() { ProcessText::close_input(text_); }
  bool kill_tree();
  std::optional<CommandUsage> usage() const;
  CommandEnd end() const;

  static Task<std::string> read(std::shared_ptr<State> self, Wanted wanted);
  static Task<OutputPiece> read_piece(std::shared_ptr<State> self, Wanted wanted);
  static Task<ExitStatus> wait(std::shared_ptr<State> self);

 private:
  void connect_streams();
  void begin_in(std::shared_ptr<ProcessGroup> group);
  void follow(const Spawned& spawned, std::shared_ptr<ProcessGroup> group);
  void on_started();
  void begin_elsewhere();
  void give_up();
  void watch_leader(const Spawned& spawned);
  void on_end(const ChildEnd& end);
  void on_leader_end();
  bool is_over() const;
  void wake_if_over();

  void call_later(std::chrono::milliseconds delay, void (State::*member)());
  void time_out();
  void begin_stop();
  void kill_now();
  void on_group_gone(bool all);
  void look_later();
  void look();
  void let_go_soon();
  void let_go();

  std::shared_ptr<ChildReaper::State> reaper_;
  std::shared_ptr<Start> start_;  // until it has begun
  std::shared_ptr<ChildStreams> streams_;
  std::shared_ptr<ProcessText> text_;
  std::shared_ptr<ProcessGroup> group_;
  int pid_ = 0;
  int session_ = 0;
  std::chrono::milliseconds stop_grace_;
  asio::steady_timer deadline_;   // first the timeout, then the grace, or what is left over
  asio::steady_timer next_look_;  // at what it uses, in a group that counts that
  Event begun_;                   // or not, when there is a failure
  std::exception_ptr failure_;    // of a start beside the loop
  Event over_;                    // when is_over()
  ExitStatus status_;
  RealClock::time_point ended_at_;
  bool starting_ = false;  // beside the loop
  bool ended_ = false;
  bool has_leader_ = false;  // whoever leads the session of the terminal has not ended
  bool stopping_ = false;
  bool killing_ = false;
  bool cpu_used_up_ = false;
  bool let_go_ = false;
  bool group_gone_ = false;
  bool abandoned_ = false;
};

std::shared_ptr<Process::State> Process::State::make(const std::shared_ptr<ChildReaper::State>& reaper,
                                                     ProcessOptions options) {
  leave_removed_directory();
  const bool input_closed = options.input_closed;
  const auto start = std::make_shared<Start>();
  start->limit = time_limit(options);
  start->limits = options.limits;
  start->measured = options.measured;
  start->mark = reaper->next_mark();
  start->plan = plan_spawn(options, start->mark);
  auto state = std::make_shared<State>(reaper, std::move(options), start);
  if (input_closed) state->close_input();
  return state;
}

Process::State::State(std::shared_ptr<ChildReaper::State> reaper, ProcessOptions options,
                      std::shared_ptr<Start> start)
    : reaper_(std::move(reaper)),
      start_(std::move(start)),
      streams_(std::make_shared<ChildStreams>(reaper_->executor(),
                                              StreamOptions{.terminal = start_->plan.terminal,
                                                            .size = options.size,
                                                            .input = options.input,
                                                            .error_apart = options.error_apart})),
      text_(std::make_shared<ProcessText>(streams_, start_->plan, options.charset,
                                          std::move(options.password))),
      stop_grace_(options.stop_grace),
      deadline_(reaper_->executor()),
      next_look_(reaper_->executor()) {}

void Process::State::connect_streams() {
  SpawnPlan& plan = start_->plan;
  plan.input = streams_->child_input();
  plan.output = streams_->child_output();
  plan.error = streams_->child_error();
  if (plan.user) streams_->give_to(plan.user->id);
  plan.oom_score = reaper_->oom_score();
}

void Process::State::begin() {
  std::shared_ptr<ProcessGroup> group = reaper_->choose_group(start_->mark, start_->limits, start_->measured);
  try {
    group->make();
  } catch (const Error& error) {
    group = reaper_->other_group(start_->mark, start_->limits, error);
  }
  begin_in(std::move(group));
}

void Process::State::begin_in(std::shared_ptr<ProcessGroup> group) {
  connect_streams();
  start_->plan.group = group->entrances();
  start_->plan.birthplace = group->birthplace();
  try {
    follow(host::spawn(start_->plan), group);
  } catch (const Error&) {
    reaper_->let_go(std::move(group));
    throw;
  }
}

void Process::State::begin_beside() {
  start_->group = reaper_->choose_group(start_->mark, start_->limits, start_->measured);
  if (!start_->group->is_slow()) return begin_in(std::move(start_->group));
  connect_streams();
  starting_ = true;
  reaper_->start_beside([start = start_, reaper = reaper_] { start->run(*reaper); },
                        [self = shared_from_this()] { self->on_started(); });
}

void Process::State::on_started() {
  starting_ = false;
  try {
    if (start_->failure) {
      begin_elsewhere();
    } else {
      follow(start_->spawned, start_->group);
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  begun_.wake();
  if (abandoned_) give_up();
}

// Without a group, where limits ask for none. Else it throws what has failed.
void Process::State::begin_elsewhere() {
  const std::shared_ptr<Start> start = start_;
  if (start->has_group) reaper_->let_go(std::exchange(start->group, nullptr));
  if (start->has_group || abandoned_ || reaper_->is_stopped()) std::rethrow_exception(start->failure);
  try {
    std::rethrow_exception(start->failure);
  } catch (const Error& error) {
    begin_in(reaper_->other_group(start->mark, start->limits, error));
  }
}

Task<std::unique_ptr<Process>> Process::State::started(std::unique_ptr<Process> process) {
  const std::shared_ptr<State> self = process->state_;
  while (self->starting_) co_await self->begun_.wait();
  if (self->failure_) std::rethrow_exception(self->failure_);
  co_return std::move(process);
}

void Process::State::follow(const Spawned& spawned, std::shared_ptr<ProcessGroup> group) {
  const std::chrono::milliseconds limit = std::exchange(start_, nullptr)->limit;
  pid_ = spawned.pid;
  text_->begin(pid_);
  session_ = spawned.session;
  group_ = std::move(group);
  group_->add(pid_, session_);
  streams_->started();
  reaper_->watch_command(pid_, group_, [weak = weak_from_this()](ChildEnd end) {
    if (const auto self = weak.lock()) self->on_end(end);
  });
  if (spawned.has_leader()) watch_leader(spawned);
  call_later(limit, &State::time_out);
  if (group_->meter() != nullptr) look_later();
}

void Process::State::watch_leader(const Spawned& spawned) {
  has_leader_ = true;
  streams_->hold();
  reaper_->watch(session_,
                 [weak = weak_from_this(), streams = streams_, memory = spawned.leader_memory](ChildEnd) {
                   streams->release();
                   if (const auto self = weak.lock()) self->on_leader_end();
                 });
}

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

Task<> Process::write(std::string bytes) { return state_->streams().write(std::move(bytes)); }

void Process::close_input() { state_->close_input(); }

void Process::resize(TerminalSize size) { state_->streams().resize(size); }

bool Process::kill_tree() { return state_->kill_tree(); }

std::optional<CommandUsage> Process::usage() const { return state_->usage(); }

CommandEnd Process::end() const { return state_->end(); }

}  // namespace agent
