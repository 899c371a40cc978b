#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <utility>

#include "agent/error.hpp"
#include "agent/log.hpp"
#include "host/running_process.hpp"
#include "host/session_leader.hpp"
#include "host/working_directory.hpp"

namespace agent::host {
namespace {

// A question is often seen before the terminal stops showing what is typed.
constexpr std::chrono::milliseconds kLookAgain{20};
// Who is to ask may have a helper of its own for a moment, before the question.
constexpr std::chrono::milliseconds kHelperLimit{500};

const char* name_of(Asker asker) { return asker == Asker::sudo ? "sudo" : "su"; }

void wipe(std::string& secret) {
  ::explicit_bzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace

RunningProcess::RunningProcess(std::shared_ptr<Children> children, ProcessOptions options,
                               const Launch& launch)
    : children_(std::move(children)),
      streams_(std::make_shared<ChildStreams>(
          children_->executor(),
          StreamOptions{.terminal = launch.terminal, .size = options.size, .input = options.input})),
      asker_(launch.asker),
      password_(std::move(options.password)),
      decoder_(options.charset),
      stop_grace_(options.stop_grace),
      deadline_(children_->executor()),
      over_(children_->executor(), Clock::time_point::max()) {
  if (asker_ != Asker::nobody)
    prompt_.emplace(asker_ == Asker::sudo ? launch.prompt : "", !password_.empty());
}

std::shared_ptr<RunningProcess> RunningProcess::start(std::shared_ptr<Children> children,
                                                      ProcessOptions options) {
  if (children->stopped()) throw Error(Errc::cancelled, "start: this program is about to end");
  leave_removed_directory();
  const bool input_closed = options.input_closed;
  const std::string mark = children->next_mark();
  Launch launch = plan_launch(options, mark);
  std::shared_ptr<RunningProcess> process(
      new RunningProcess(std::move(children), std::move(options), launch));
  process->tree_.mark = mark;
  if (input_closed) process->close_input();
  process->spawn(launch.plan);
  process->call_later(launch.timeout, &RunningProcess::time_out);
  return process;
}

void RunningProcess::spawn(SpawnPlan& plan) {
  plan.input = streams_->child_input();
  plan.output = streams_->child_output();
  if (plan.user) streams_->give_to(plan.user->id);
  const Spawned spawned = host::spawn(plan);
  tree_.root = spawned.pid;
  tree_.session = spawned.session;
  has_leader_ = spawned.has_leader();
  streams_->started();
  children_->watch_command(tree_, [weak = weak_from_this()](int wait_status) {
    if (const auto self = weak.lock()) self->on_end(wait_status);
  });
  if (!has_leader_) return;
  streams_->hold();
  children_->watch(tree_.session,
                   [weak = weak_from_this(), streams = streams_, memory = spawned.leader_memory](int) {
                     streams->release();
                     if (const auto self = weak.lock()) self->on_leader_end();
                   });
}

bool RunningProcess::is_over() const {
  return abandoned_ || (ended_ && !has_leader_ && (!stopping_ || tree_gone_));
}

void RunningProcess::on_leader_end() {
  has_leader_ = false;
  if (is_over()) over_.cancel();
}

void RunningProcess::abandon() {
  abandoned_ = true;
  deadline_.cancel();
  over_.cancel();
  streams_->close();
  wipe(password_);
  children_->forget(tree_.root);
  if (!ended_ || (stopping_ && !tree_gone_)) kill_now();
}

void RunningProcess::call_later(std::chrono::milliseconds delay, void (RunningProcess::*member)()) {
  deadline_.expires_after(delay);
  deadline_.async_wait([weak = weak_from_this(), member](asio::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) (self.get()->*member)();
  });
}

void RunningProcess::on_end(int wait_status) {
  ended_ = true;
  ended_at_ = Clock::now();
  deadline_.cancel();
  if (has_leader_) dismiss_leader(tree_.session);
  streams_->ended();
  status_.signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  status_.code = WIFEXITED(wait_status) && !status_.timed_out ? WEXITSTATUS(wait_status) : -1;
  if (stopping_) kill_now();  // what it has left behind, though there may be grace left
  if (is_over()) over_.cancel();
}

void RunningProcess::time_out() {
  if (ended_ || stopping_) return;
  status_.timed_out = true;
  begin_stop();
}

bool RunningProcess::kill_tree() {
  if (ended_ && (tree_gone_ || Clock::now() > ended_at_ + kLeftOverLimit)) return false;
  if (stopping_) return true;
  status_.killed = !ended_;
  begin_stop();
  return true;
}

void RunningProcess::begin_stop() {
  stopping_ = true;
  if (stop_grace_.count() <= 0 || ended_) return kill_now();
  children_->signal(tree_, SIGTERM);
  children_->signal(tree_, SIGCONT);  // who is stopped would not notice
  call_later(stop_grace_, &RunningProcess::kill_now);
}

void RunningProcess::kill_now() {
  if (std::exchange(killing_, true)) return;
  children_->kill(tree_, [weak = weak_from_this()](bool all) {
    if (const auto self = weak.lock()) self->on_tree_gone(all);
  });
}

// What cannot be killed (it waits for a disk, or is another user's and we are not root) is hung up on and
// left alone.
void RunningProcess::on_tree_gone(bool all) {
  tree_gone_ = true;
  if (!all) log::warn("process {}: a part of its tree cannot be killed", pid());
  if (!ended_) {
    ended_ = true;
    status_.code = -1;
    streams_->close();
    children_->forget(pid());
  }
  has_leader_ = false;
  over_.cancel();
}

Task<ExitStatus> RunningProcess::wait(std::shared_ptr<RunningProcess> self) {
  while (!self->is_over()) {
    asio::error_code woken;
    auto token = asio::redirect_error(asio::use_awaitable, woken);
    co_await self->over_.async_wait(token);
  }
  if (self->abandoned_) throw Error(Errc::cancelled, "wait: the process was given up");
  co_return self->status_;
}

Task<std::string> RunningProcess::read(std::shared_ptr<RunningProcess> self) {
  std::string text;
  for (bool is_end = false; !is_end && text.empty();) {
    const std::chrono::milliseconds limit = self->prompt_ && self->prompt_->may_ask() ? kLookAgain : kNoLimit;
    std::optional<std::string> bytes = co_await self->streams_->read(limit);
    is_end = bytes && bytes->empty();
    text = self->to_text(std::move(bytes));
  }
  co_return text;
}

// `bytes`: "" = there are no more, nullopt = none for now.
std::string RunningProcess::to_text(std::optional<std::string> bytes) {
  const bool is_end = bytes && bytes->empty();
  std::string shown = std::move(bytes).value_or(std::string());
  if (prompt_) shown = without_prompt(shown, is_end);
  std::string text = decoder_.decode(std::move(shown));
  if (is_end) text += decoder_.finish();
  return text;
}

std::string RunningProcess::without_prompt(const std::string& bytes, bool is_end) {
  prompt_->feed(bytes);
  answer_prompt();
  std::string shown = is_end ? prompt_->finish() : prompt_->take();
  if (prompt_->done()) prompt_.reset();
  return shown;
}

void RunningProcess::answer_prompt() {
  if (!prompt_->may_ask()) return;
  const bool asker_is_in_front = asker_ == Asker::sudo || is_alone(pid(), "su");
  switch (prompt_->look(streams_->hides_input(), asker_is_in_front)) {
    case PasswordPrompt::Answer::none: break;
    case PasswordPrompt::Answer::password:
      password_ += '\n';
      streams_->type(password_);
      wipe(password_);
      break;
    case PasswordPrompt::Answer::end_of_file: streams_->type_end_of_file(); break;
  }
}

// Where a password may be asked for, the end of the input would be taken for the answer. sudo may have a
// terminal of its own for the command: then it takes each key from ours as it is, and passes it on.
void RunningProcess::close_input() {
  if (asker_ == Asker::nobody) return streams_->close_input();
  auto begun = [weak = weak_from_this()] {
    const auto self = weak.lock();
    return self && self->command_has_begun();
  };
  streams_->close_input(std::move(begun), asker_ == Asker::sudo);
}

// Nobody asks any more.
bool RunningProcess::command_has_begun() {
  const bool asks = prompt_ && prompt_->may_ask();
  if (asks || !has_moved_on(pid(), name_of(asker_))) {
    without_asker_since_.reset();
    return false;
  }
  if (!without_asker_since_) without_asker_since_ = Clock::now();
  return Clock::now() - *without_asker_since_ >= kHelperLimit;
}

}  // namespace agent::host
