// What is behind ChildReaper, shared by it and the processes: collects the children of this program, and ends
// the groups of commands. Loop thread.
#pragma once

#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "agent/process.hpp"
#include "host/scanned_groups.hpp"

namespace agent {

namespace host {

// How a child has ended.
struct ChildEnd {
  int code = 0;    // exit code; -1 when a signal ended it
  int signal = 0;  // 0 = none
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
  // Empty: commands cannot have groups.
  const std::shared_ptr<Limits>& limits() const { return limits_; }

  // For a command that is about to start. It must not be used after this.
  std::shared_ptr<host::ProcessGroup> make_group() { return groups_.make(); }

  // Calls `ended`, on the loop, when this child of ours has ended. Its id is free for others then.
  void watch(int pid, Ended ended) { watched_[pid] = std::move(ended); }
  // The same for the first process of a command, which runs until then: stop() kills its group.
  void watch_command(int pid, std::shared_ptr<host::ProcessGroup> group, Ended ended);
  // Nobody wants to know any more. It is collected all the same.
  void forget(int pid);

  // Kills all members until there are none, and calls `gone`, which may happen at once.
  void kill(std::shared_ptr<host::ProcessGroup> group, Gone gone);

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

  asio::any_io_executor executor_;
  std::shared_ptr<Limits> limits_;
  asio::signal_set signals_;
  asio::steady_timer sweep_timer_;
  std::chrono::milliseconds sweep_pause_{0};
  std::unordered_map<int, Ended> watched_;
  std::unordered_map<int, std::shared_ptr<host::ProcessGroup>> running_;  // by first process
  host::ScannedGroups groups_;
  std::vector<Condemned> condemned_;
  bool stopped_ = false;
};

}  // namespace agent
