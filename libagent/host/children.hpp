// Children: the processes that this program has started and those that came to it as orphans. What is behind
// ChildReaper, shared by it and the processes. Loop thread.
#pragma once

#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/process.hpp"
#include "host/process_tree.hpp"

namespace agent::host {

class Children : public std::enable_shared_from_this<Children> {
 public:
  using Ended = std::function<void(int wait_status)>;
  using Gone = std::function<void(bool all)>;  // false: some could not be killed within kKillLimit

  explicit Children(asio::any_io_executor executor);
  void start();  // once, when a shared_ptr holds it
  // As ChildReaper::stop().
  void stop();
  bool stopped() const { return stopped_; }

  const asio::any_io_executor& executor() const { return executor_; }
  // A text that no other command of any program has in its environment.
  std::string next_mark();

  // Calls `ended`, on the loop, when this child of ours has ended. Its id is free for others then.
  void watch(int pid, Ended ended) { watched_[pid] = std::move(ended); }
  // The same for the root of a tree, which is a running command until then.
  void watch_command(const ProcessTree& tree, Ended ended);
  // Nobody wants to know any more. It is collected all the same.
  void forget(int pid);

  // Sends the signal to all members of the tree that there are now.
  void signal(const ProcessTree& tree, int number);
  // Kills all members until there are none, and calls `gone`, which may happen at once.
  void kill(ProcessTree tree, Gone gone);

 private:
  using Clock = std::chrono::steady_clock;
  struct Condemned {
    ProcessTree tree;
    Gone gone;
    Clock::time_point limit;
    int quiet_looks = 0;
  };

  void wait_for_signal();
  void collect();
  bool collect_next();
  void collect_from_table();
  void finish(int pid);
  bool is_mine(int pid) const;

  std::vector<ProcessEntry> members(const ProcessTree& tree, const std::vector<ProcessEntry>& table) const;
  std::vector<ProcessTree> running_commands() const;
  bool kill_members(const std::vector<ProcessTree>& trees);
  void sweep();
  bool is_over(Condemned& condemned, const std::vector<ProcessEntry>& table);
  void sweep_later();

  asio::any_io_executor executor_;
  asio::signal_set signals_;
  asio::steady_timer sweep_timer_;
  std::chrono::milliseconds sweep_pause_{0};
  std::unordered_map<int, Ended> watched_;
  std::unordered_map<int, ProcessTree> running_;  // by root
  std::vector<Condemned> condemned_;
  int own_pid_;
  std::uint64_t marks_ = 0;
  bool stopped_ = false;
};

}  // namespace agent::host
