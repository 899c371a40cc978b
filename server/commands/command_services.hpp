// CommandServices: what all commands share, and their limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "agent/config.hpp"
#include "commands/audit.hpp"
#include "commands/output_spool.hpp"
#include "hub/hub.hpp"
#include "net/offload.hpp"
#include "store/record_store.hpp"

namespace server {

// Waiting for the agent's answer to a start, as the originals do.
inline constexpr std::chrono::seconds kStartLimit{60};
// An agent that leaves whenever it is given a command is not given it for ever.
inline constexpr int kGiveAgainLimit = 2;
// The agent ends what exceeds its timeout and says so; it may be late by this before we give up on it.
inline constexpr std::chrono::seconds kEndGrace{10};
// A command that ends within this time may be reported in one message (capability brief): most that somebody
// waits for. Nobody who does not wait for the end is to wait for the start instead.
inline constexpr std::chrono::milliseconds kBriefTime{30};
inline constexpr std::chrono::milliseconds kBriefStart{5};
// A command that somebody waits for has a record of its own once it runs for this long: it lasts then.
inline constexpr std::chrono::seconds kUnrecordedTime{1};
// Originals may send the end of a command ahead of its last output (reference pitfalls, 32), by 8.4 ms at
// most when 300 were watched; every command of theirs waits for as long as this. What each length loses:
// docs/decisions/late-output.md.
inline constexpr std::chrono::milliseconds kTailGrace{15};
// Results, and commands whose agent is away, are kept this long beyond their timeout, as the originals do.
inline constexpr std::chrono::hours kKeepAfterEnd{1};

struct CommandTableOptions {
  std::string directory;                      // made when missing (0700)
  std::uint64_t output_limit = 1ULL << 30;    // bytes that are kept of one command
  std::uint64_t outputs_limit = 10ULL << 30;  // and of all
  std::size_t agent_limit = 2000;             // commands of one agent that are not over
  std::chrono::microseconds tail_grace = kTailGrace;
  // A command that takes input, and at which nobody is, is ended after this long; 0 = never.
  std::chrono::milliseconds detach_timeout = std::chrono::minutes(10);
  bool record = false;                      // terminals are recorded
  bool record_input = false;                // what is typed there, too
  std::chrono::milliseconds sweep{10'000};  // how often what has expired is removed
};

class Command;

// CommandKeeper: who knows the commands of a shard. Told on its loop.
class CommandKeeper {
 public:
  // The shard that they belong to.
  virtual Shard& home() const = 0;
  // A command's state is another one: indexes of kCommandStates.
  virtual void moved(std::size_t from, std::size_t to) = 0;
  // It has a process id and nobody waits for it.
  virtual void started(Command& command) = 0;
  // It has ended. Once.
  virtual void over(Command& command) = 0;
  // Its result was taken: it is one of the recent ones, no longer among those that last.
  virtual void remember(std::shared_ptr<Command> command) = 0;
  // It lasts after all.
  virtual void retain(std::shared_ptr<Command> command) = 0;
  // The session's agent need not keep anything of the call any more.
  virtual void settle(const std::shared_ptr<Session>& session, const std::string& tid) = 0;

 protected:
  ~CommandKeeper() = default;
};

struct CommandServices {
  CommandServices(CommandTableOptions the_options, Hub& the_hub, Audit& the_audit)
      : options(std::move(the_options)),
        hub(the_hub),
        audit(the_audit),
        budget(options.outputs_limit),
        records(options.directory + "/records.db") {}

  std::string output_path(const std::string& id) const { return options.directory + "/" + id + ".out"; }
  std::string recording_path(const std::string& id) const { return options.directory + "/" + id + ".rec"; }

  const CommandTableOptions options;
  Hub& hub;
  Audit& audit;
  SpoolBudget budget;
  RecordStore records;
  std::unique_ptr<agent::net::Offload> pool = std::make_unique<agent::net::Offload>(2);  // for output
};

}  // namespace server
