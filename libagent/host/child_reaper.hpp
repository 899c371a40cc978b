// What is behind ChildReaper, shared by it and the processes: collects the children of this program, and ends
// the groups of commands. Loop thread.
#pragma once

#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/error.hpp"
#include "agent/process.hpp"
#include "host/command_meter.hpp"
#include "host/scanned_groups.hpp"
#include "host/work_thread.hpp"

namespace agent {

namespace host {

// How a child has ended.
struct ChildEnd {
  int code = 0;    // exit code; -1 when a signal ended it
  int signal = 0;  // 0 = none
  WaitedUsage usage;
};

}  // namespace host

class ChildReaper::State : public std::enable_shared_from_this<ChildReaper::State> {
 public:
  using Ended = std::function<void(host::ChildEnd end)>;
  using Gone = std::function<void(bool all)>;  // false: some could not be killed within kKillLimit

  State(asio::any_io_executor executor, std::shared_ptr<Limits> limits);
  void start();  // once, when a shared_ptr holds it
  // As ChildReaper::stop().
  void stop();

  const asio::any_io_executor& executor() const { return executor_; }

  // For a command that is about to start.
  std::string next_mark() { return groups_.next_mark(); }
  // Whether the agent's groups have to be made before choose_group() can answer; make_groups() does it beside
  // the loop and calls `done` on it.
  bool lacks_groups(const CommandLimits& limits, bool measured) const;
  void make_groups(std::function<void()> done);
  // Its group, by whatever way there is, still to be made; a control group for one with limits, or
  // Errc::refused.
  std::shared_ptr<host::ProcessGroup> choose_group(std::string mark, const CommandLimits& limits,
                                                   bool measured);
  // For one whose make() has failed. Throws Errc::refused for a command with limits.
  std::shared_ptr<host::ProcessGroup> other_group(const std::string& mark, const CommandLimits& limits,
                                                  const Error& error);
  // A start beside the loop: `work` on another thread, then `done` on the loop, which tells watch_command()
  // of what has started. What ends before that is not collected. Work that begins after stop() must not start
  // anything: is_stopped().
  void start_beside(std::function<void()> work, std::function<void()> done);
  bool is_stopped() const { return stopped_; }  // any thread
  static Error about_to_end();
  // What it has to write into its oom_score_adj; "" = nothing.
  std::string oom_score() const;

  // Calls `ended`, on the loop, when this child of ours has ended. Its id is free for others then.
  void watch(int pid, Ended ended) { watched_[pid] = std::move(ended); }
  // The same for the first process of a command, which runs until then: stop() kills its group.
  void watch_command(int pid, std::shared_ptr<host::ProcessGroup> group, Ended ended);
  // Nobody wants to know any more. It is collected all the same.
  void forget(int pid);

  // Kills all members until there are none, and calls `gone`, which may happen at once.
  void kill(std::shared_ptr<host::ProcessGroup> group, Gone gone);
  // Nobody will end what is still there: the group is removed, as soon as it is not busy any more. kill()
  // does so in the end.
  void let_go(std::shared_ptr<host::ProcessGroup> group);

 private:
  using Clock = std::chrono::steady_clock;
  using Groups = std::unordered_set<std::shared_ptr<host::ProcessGroup>>;
  struct Condemned {
    std::shared_ptr<host::ProcessGroup> group;
    Gone gone;
    Clock::time_point limit;
  };

  void wait_for_signal();
  void collect();
  bool collect_next();
  void collect_from_table();
  void finish(int pid);
  bool is_mine(int pid) const;

  void sweep();
  void sweep_later();
  Groups groups_of_commands() const;
  bool kill_all(const Groups& groups);
  std::shared_ptr<host::ProcessGroup> try_control_group(const std::string& mark);
  void say_unconfined(const Error& error);
  void remove_beside(std::vector<std::shared_ptr<host::ProcessGroup>> groups);
  void on_busy(const std::vector<std::shared_ptr<host::ProcessGroup>>& groups);
  void let_go_later();
  void let_go_of_all(const Groups& groups, Clock::time_point limit);

  asio::any_io_executor executor_;
  std::shared_ptr<Limits> limits_;
  bool confined_ = false;     // limit.* is configured: every command has a group
  std::string last_problem_;  // why one has none all the same
  asio::signal_set signals_;
  asio::steady_timer sweep_timer_;
  std::chrono::milliseconds sweep_pause_{0};
  std::unordered_map<int, Ended> watched_;
  std::unordered_map<int, std::shared_ptr<host::ProcessGroup>> running_;  // by first process
  host::ScannedGroups groups_;
  std::vector<Condemned> condemned_;
  std::vector<std::shared_ptr<host::ProcessGroup>> busy_;  // let go, and not removed yet
  asio::steady_timer busy_timer_;
  std::chrono::milliseconds busy_pause_{0};
  bool busy_waits_ = false;  // for the timer
  int starting_ = 0;         // beside the loop
  std::atomic<bool> stopped_ = false;
  host::WorkThread beside_;  // makes, enters and removes control groups
};

}  // namespace agent
