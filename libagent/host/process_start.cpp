#include <utility>

#include "agent/error.hpp"
#include "host/own_process.hpp"
#include "host/process_state.hpp"

namespace agent {

using namespace host;

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
      text_(std::make_shared<ProcessText>(streams_, start_->plan, options)),
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
  if (!reaper_->lacks_groups(start_->limits, start_->measured)) return begin_with_group();
  starting_ = true;
  reaper_->make_groups([self = shared_from_this()] { self->on_groups_made(); });
}

void Process::State::on_groups_made() {
  starting_ = false;
  try {
    if (abandoned_ || reaper_->is_stopped()) throw ChildReaper::State::about_to_end();
    begin_with_group();
  } catch (...) {
    failure_ = std::current_exception();
  }
  if (starting_) return;
  begun_.wake();
  if (abandoned_) give_up();
}

void Process::State::begin_with_group() {
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

}  // namespace agent
