// CommandTable: the server's table of commands: what runs, what ended and is kept, what an earlier process
// left, and for a moment what was delivered. Each shard has those of its agents (ShardCommands).
//
// Made before the loops run, destroyed after the hub's loops have ended and before the hub. Unless said
// otherwise, what is asked about an agent is asked on the loop of its shard, Hub::place_of().
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/metrics.hpp"
#include "commands/command_order.hpp"
#include "commands/shard_commands.hpp"

namespace server {

class CommandTable {
 public:
  // Makes the directory and loads what is there. Throws Errc::io. The hub's loops are attached.
  CommandTable(CommandTableOptions options, Hub& hub, Audit& audit, agent::metrics::Registry& metrics);
  // Writes what must last.
  ~CommandTable();
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  // Looks for expired commands from now on. Before the loops run.
  void start();
  // ---- any thread

  // Where they are stored.
  const std::string& directory() const { return services_->options.directory; }
  // What they share with others.
  Hub& hub() const { return services_->hub; }
  Audit& audit() const { return services_->audit; }

  // ---- the agent's shard

  // A new command. Its timeout is put within its bounds. Throws too_many, what check_exec() throws, and
  // OrderError too_large for more than agents take.
  std::shared_ptr<Command> create(CommandOrder&& order);
  // One whose result was delivered is found, too, for kRecentTime. Throws not_found "task".
  std::shared_ptr<Command> find(std::string_view agent, std::string_view id) const;
  // The newest one with this process id. Throws not_found "pid".
  std::shared_ptr<Command> find_pid(std::string_view agent, std::int64_t pid) const;
  // Throws not_found "agent" for an agent that is not connected and never had a command here.
  void check_known(const std::string& agent) const;
  // What is known of the commands of an agent, in the order they were made. nullopt: it is connected and
  // never had any. Throws what Hub::find_agent() does when it never had any and is not connected either.
  std::optional<std::vector<CommandRecord>> records(const std::string& agent) const;
  // Those of all agents of the shard, in no order.
  std::vector<CommandRecord> records_of(const Shard& shard) const;
  // Its result is not wanted any more.
  void forget(std::shared_ptr<Command> command);

 private:
  void stop();
  ShardCommands& of(std::string_view agent) const;
  void load();
  void recover(StoredCommand record);
  void drop(const std::string& id, const agent::Error& error);
  void remove_strangers(const std::vector<RecordStore::Row>& rows) const;
  void expose(agent::metrics::Exposition& out) const;

  const std::shared_ptr<CommandServices> services_;     // commands that others hold may outlive us
  std::vector<std::unique_ptr<ShardCommands>> shards_;  // in the order of Hub::shards()
};

}  // namespace server
