// CommandTable: the server's table of durable commands: what runs, what ended and is kept, what an earlier
// process left.
//
// Thread-safe unless said otherwise. Made before the loops run, destroyed after the hub's loops have ended
// and before the hub.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/metrics.hpp"
#include "commands/command.hpp"
#include "commands/command_order.hpp"
#include "net/ticker.hpp"

namespace server {

class CommandTable {
 public:
  // Makes the directory and loads what is there. Throws Errc::io. The hub's loops are attached.
  CommandTable(CommandTableOptions options, Hub& hub, Audit& audit, agent::metrics::Registry& metrics);
  // Writes what must last.
  ~CommandTable();
  CommandTable(const CommandTable&) = delete;
  CommandTable& operator=(const CommandTable&) = delete;

  // Where they are stored.
  const std::string& directory() const { return services_->options.directory; }
  // What they share with others.
  Hub& hub() const { return services_->hub; }
  Audit& audit() const { return services_->audit; }

  // Looks for expired commands from now on, on `loop`.
  void start(agent::net::Loop& loop);

  // A new command on `loop`, whose thread calls. Its timeout is put within its bounds. Throws too_many, what
  // check_exec() throws, and OrderError too_large for more than agents take.
  std::shared_ptr<Command> create(agent::net::Loop& loop, CommandOrder order);
  // Throws not_found "task".
  std::shared_ptr<Command> find(std::string_view agent, std::string_view id) const;
  // The newest one with this process id. Throws not_found "pid".
  std::shared_ptr<Command> find_pid(std::string_view agent, std::int64_t pid) const;
  // Throws not_found "agent" for an agent that is not connected and never had a command here.
  void check_known(const std::string& agent) const;
  // What is known of the commands of an agent, in the order they were made. nullopt: it is connected and
  // never had any. Throws what Hub::find_agent() does when it never had any and is not connected either.
  std::optional<std::vector<CommandRecord>> records(const std::string& agent) const;
  // The commands themselves. nullopt: it never had any.
  std::optional<std::vector<std::shared_ptr<Command>>> list(std::string_view agent) const;
  // Its result was delivered.
  void forget(std::shared_ptr<Command> command);

 private:
  struct OfAgent {
    std::map<std::string, std::shared_ptr<Command>, std::less<>> commands;
    std::size_t active = 0;
  };
  std::shared_ptr<Command> make(LoopSessions& home, StoredCommand record,
                                std::shared_ptr<SpoolFile> found = nullptr);
  void check_room(const std::string& agent) const;
  void load();
  void recover(StoredCommand record);
  void drop(const std::string& id, const agent::Error& error);
  void remove_strangers(const std::vector<RecordStore::Row>& rows) const;
  void returned(Session& session, const agent::Envelope& envelope);
  void sweep();
  void expose(agent::metrics::Exposition& out) const;
  template <class Work>
  void for_all(Work work) const;

  const std::shared_ptr<CommandServices> services_;  // commands that others hold may outlive us
  std::atomic<std::uint64_t> made_{0};
  mutable std::mutex mutex_;
  std::unordered_map<std::string, OfAgent> agents_;
  std::optional<agent::net::Ticker> sweeps_;
};

}  // namespace server
