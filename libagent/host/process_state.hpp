// What is behind a Process: a child, its streams, its deadline and its end. process_start.cpp has its start,
// process.cpp its life. Loop thread.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/process.hpp"
#include "base/event.hpp"
#include "host/child_reaper.hpp"
#include "host/child_streams.hpp"
#include "host/process_text.hpp"
#include "host/spawn_child.hpp"

namespace agent {

// What a start needs, and what becomes of it. A start beside the loop has it for itself until it is done.
struct Process::Start {
  host::SpawnPlan plan;
  std::string mark;
  CommandLimits limits;
  bool measured = false;
  std::chrono::milliseconds limit{0};

  std::shared_ptr<host::ProcessGroup> group;
  host::Spawned spawned;
  bool has_group = false;
  std::exception_ptr failure;

  // Any thread.
  void run(const ChildReaper::State& reaper);
};

// State: a child, its streams, its deadline and its end. Held by its Process and by those who wait for it.
class Process::State : public std::enable_shared_from_this<Process::State> {
 public:
  // Processes take real time, whatever clock a test has.
  using RealClock = std::chrono::steady_clock;

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
  host::ChildStreams& streams() { return *streams_; }
  void close_input() { host::ProcessText::close_input(text_); }
  bool takes_input() { return text_->takes_input(); }
  static Task<> write_later(std::shared_ptr<State> self, std::string bytes);
  bool signal(std::string_view name);
  bool kill_tree();
  std::size_t release_waiters(std::string_view service) const;
  std::optional<CommandUsage> usage() const;
  CommandEnd end() const;

  static Task<std::string> read(std::shared_ptr<State> self, host::Wanted wanted);
  static Task<OutputPiece> read_piece(std::shared_ptr<State> self, host::Wanted wanted);
  static Task<ExitStatus> wait(std::shared_ptr<State> self);

 private:
  void connect_streams();
  void begin_with_group();
  void begin_in(std::shared_ptr<host::ProcessGroup> group);
  void follow(const host::Spawned& spawned, std::shared_ptr<host::ProcessGroup> group);
  void on_groups_made();
  void on_started();
  void begin_elsewhere();
  void give_up();
  void watch_leader(const host::Spawned& spawned);
  void on_end(const host::ChildEnd& end);
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
  std::shared_ptr<host::ChildStreams> streams_;
  std::shared_ptr<host::ProcessText> text_;
  std::shared_ptr<host::ProcessGroup> group_;
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

}  // namespace agent
