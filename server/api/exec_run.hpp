// run_command: a command from its start to its result, for those who wait for it: exec, script and layout.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "agent/task.hpp"
#include "api/api.hpp"
#include "api/exec_order.hpp"

namespace server {

// Output beyond this is not part of a result, which is held in memory: it can be read by the command's id.
inline constexpr std::size_t kResultOutputLimit = 16 * 1024 * 1024;

// Parting: makes a command last whose client shuts its sending half while it waits, which programs do that
// end. Any thread.
class Parting {
 public:
  // That of the client of `request`, on whose loop it is called. Once per request.
  static std::shared_ptr<Parting> of(Request& request);

  // The command that the client waits for. On its loop.
  void concerns(const std::shared_ptr<Command>& command);

 private:
  void happen();

  std::mutex mutex_;
  bool happened_ = false;
  std::weak_ptr<Command> command_;
};

// A new command, once the agent has started it. On the command's loop. `parting`: of the client that waits
// for it, null for none. Throws not_found, wrong_type, too_many, refused with the agent's reason, too_large,
// timeout, disconnected, cancelled when the server stops.
agent::Task<std::shared_ptr<Command>> start_command(Api* api, agent::net::Loop* loop, CommandOrder order,
                                                    std::shared_ptr<Parting> parting = nullptr);

// Waits for its end, at most as long as it may take or this server runs, and takes its output along
// (ExecResult::data is raw here). On the command's loop. The caller has a Delivery of it.
agent::Task<ExecResult> finish_command(std::shared_ptr<Command> command);

// A command whose result is on its way to whoever waits for it: it is kept, unless it is delivered. Any
// thread.
class Delivery {
 public:
  Delivery() = default;
  explicit Delivery(std::shared_ptr<Command> command) : command_(std::move(command)) {}
  ~Delivery();
  Delivery(Delivery&&) = default;
  Delivery& operator=(Delivery&& other) noexcept {
    command_.swap(other.command_);
    return *this;
  }

  // The result goes out to somebody who is still there: the command is forgotten, unless `result` is not all
  // of it.
  void deliver(Api& api, const ExecResult& result);
  // There is nothing to keep.
  void drop() { command_.reset(); }

 private:
  std::shared_ptr<Command> command_;
};

// A command from its start to its result.
struct CommandRun {
  Delivery delivery;
  CommandRecord record;
  ExecResult result;
};

// start_command() and finish_command(), on the loop of the agent's session, where the command's messages
// arrive: each other loop would have to be woken for every one of them.
agent::Task<CommandRun> run_command(Api* api, CommandOrder order, std::shared_ptr<Parting> parting);

}  // namespace server
