// ShardCommands: what one shard knows of the commands of its agents: what runs, what ended and is kept, and
// for a moment what was delivered. All of it belongs to the shard's loop, without locks; CommandTable finds
// the shard.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/wire/kept.hpp"
#include "commands/command.hpp"
#include "commands/recent_results.hpp"
#include "commands/settled_calls.hpp"
#include "net/ticker.hpp"

namespace server {

class ShardCommands final : public CommandKeeper {
 public:
  using Commands = std::vector<std::shared_ptr<Command>>;

  ShardCommands(std::shared_ptr<CommandServices> services, Shard& home);
  ShardCommands(const ShardCommands&) = delete;
  ShardCommands& operator=(const ShardCommands&) = delete;

  // ---- before the loop runs, and after it has ended

  // A command that an earlier process left. Throws what Command's constructor does.
  void recover(StoredCommand&& record, std::shared_ptr<SpoolFile> found);
  // Looks for expired commands from now on.
  void start();
  void stop() { sweeps_.reset(); }
  // Writes what must last.
  void close();

  // ---- any thread

  // How many are in each state, by the index of kCommandStates.
  std::uint64_t count(std::size_t state) const { return states_[state].load(std::memory_order_relaxed); }
  std::uint64_t recent() const { return recent_size_.load(std::memory_order_relaxed); }

  // ---- the loop

  // Throws too_many.
  void check_room(const std::string& agent) const;
  // Not yet given to its agent.
  std::shared_ptr<Command> add(StoredCommand&& record);
  // Throws not_found "task".
  std::shared_ptr<Command> find(std::string_view agent, std::string_view id) const;
  // The newest one. Throws not_found "pid".
  std::shared_ptr<Command> find_pid(std::string_view agent, std::int64_t pid) const;
  // The agent has had a command here.
  bool knows(const std::string& agent) const { return agents_.contains(agent); }
  // In the order they were made. nullopt: it never had any.
  std::optional<Commands> list(std::string_view agent) const;
  // Those of all its agents, in no order.
  Commands list_all() const;
  // Its result is not wanted any more.
  void forget(std::shared_ptr<Command> command);
  // An agent has come back, and says what it has.
  void returned(Session& session, const agent::wire::Held& held);

  // ---- what commands tell

  Shard& home() const override { return home_; }
  void started(Command& command) override;
  void moved(std::size_t from, std::size_t to) override;
  void over(Command& command) override;
  void remember(std::shared_ptr<Command> command) override;
  void retain(std::shared_ptr<Command> command) override;
  void settle(const std::shared_ptr<Session>& session, const std::string& tid) override;

 private:
  struct OfAgent {
    std::map<std::string_view, std::shared_ptr<Command>> commands;  // by their own ids
    // Those that nobody waits for, by process id and order.
    std::map<std::pair<std::int64_t, std::uint64_t>, std::shared_ptr<Command>> by_pid;
    std::size_t active = 0;
  };

  std::shared_ptr<Command> make(StoredCommand&& record, std::shared_ptr<SpoolFile> found);
  void drop_recent(RecentResults::Commands commands);
  void note_recent() { recent_size_.store(recent_.size(), std::memory_order_relaxed); }
  void sweep();

  const std::shared_ptr<CommandServices> services_;  // commands that others hold may outlive us
  Shard& home_;
  std::uint64_t made_ = 0;
  std::unordered_map<std::string, OfAgent> agents_;
  RecentResults recent_;
  std::array<std::atomic<std::uint64_t>, kCommandStates.size()> states_{};  // read by scrapes
  std::atomic<std::uint64_t> recent_size_{0};
  std::optional<SettledCalls> settled_;  // none once the loop has ended
  std::optional<agent::net::Ticker> sweeps_;
};

}  // namespace server
