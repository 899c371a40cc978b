// CommandFsm: what a command does about everything that can happen to it. Pure: no clock, no I/O, no threads.
//
// A state has two parts: where the command stands (CommandStage) and what of it lasts (CommandKeep). The
// machine has nothing beside them. All transitions stand in one table (command_fsm.cpp); what no row names
// changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace server {

enum class CommandStage : std::uint8_t {
  unsent,               // not given to its agent; with a record under way, it waits for that
  given,                // sent; no word of the agent
  running,              // the agent has said so
  tail,                 // an original has reported the end; its last output may follow
  tail_late,            // the same, for the second half of the grace
  doomed_given,         // given, and to be killed once its process is known
  doomed,               // running; the agent was told to kill it
  away_unsent,          // unsent, and its agent is not connected
  away_given,           // the others without their agent, which goes on with them
  away_running,         //
  doomed_away_given,    //
  doomed_away_running,  //
  handed_on,            // the server ends: the command is the next one's
  done,                 // the agent has reported the end
  broken,               // failed or lost: nobody knows its end, or it never ran
  delivered,            // its result was taken, and can be read for a moment
  gone                  // nothing is known of it any more
};
inline constexpr std::size_t kCommandStages = 17;

enum class CommandKeep : std::uint8_t {
  fleeting,  // in memory alone: somebody waits for it
  keeping,   // its record is being written, when it is over the one of its end
  kept,      // its record lasts
  unkept,    // the record could not be written; the command goes on without
  writing    // over: its output is being written, its last record comes behind
};
inline constexpr std::size_t kCommandKeeps = 5;

struct CommandState {
  CommandStage stage = CommandStage::unsent;
  CommandKeep keep = CommandKeep::fleeting;
  bool operator==(const CommandState&) const = default;
};

enum class CommandInput : std::uint8_t {
  // ---- from whoever wants it
  order,          // somebody waits for it
  order_to_keep,  // nobody waits: its record and its output last
  kill,
  client_left,  // nobody waits any more
  deliver,      // its result was taken
  forget,       // nobody wants it any more, or its time is over
  // ---- from the agent
  execd,           // it runs
  refused,         // it does not start, or the agent gives it up
  data,            // output
  outgrown,        // there is more output than fits in memory
  end,             // it has ended, and this was the last message
  early_end,       // it has ended; output may follow (originals)
  strange,         // a message that makes no sense
  cut,             // the session is lost; the agent keeps the command
  cut_for_good,    // the session is lost, and the command with it (originals)
  back_with,       // the agent is back and has it
  back_unreached,  // the agent is back; the command had not got there
  back_without,    // the agent is back without it
  stranger,        // another agent is there under the id
  // ---- from the store
  saved,  // its record is written, or it is not
  not_saved,
  written,  // a part of its output is on the disk
  all_written,
  end_saved,  // the record of its end is written, or it is not
  end_not_saved,
  // ---- from the server
  timer,        // the time that was set last is over
  server_ends,  // the sessions end
  close         // the loops have ended
};
inline constexpr std::size_t kCommandInputs = 28;

// What is to be done, in this order.
enum class CommandAct : std::uint8_t {
  unlink,               // let go of the session
  join,                 // take its messages from the agent's new session, and say what is here
  relink,               // belong to the agent's new session
  kill,                 // tell the agent to end it
  acknowledge_written,  // what is on the disk
  finish_done,          // it is over, with the end that the agent reported
  finish_failed,        // it is over, and has not run
  finish_lost,          // it is over, and nobody knows how it ended
  disown,               // tell the agent to forget it
  acknowledge,          // everything, and let go of the session
  time_start,           // set the timer: for the agent's answer,
  time_second,          // for the time that a command has no record,
  time_run,             // until it must have ended,
  time_away,            // for an agent that is away,
  time_tail,            // for the last output of originals
  retain,               // it is among those that last again
  remember,             // it is among the recent results from now on
  remove,               // its record
  drop,                 // its output
  write_now,            // its output, at once: the loops have ended
  save,                 // its record
  write,                // its output
  save_end,             // the record of its end
  give                  // the order to the agent
};
inline constexpr std::size_t kCommandActs = 24;

class CommandActs {
 public:
  constexpr CommandActs() = default;
  constexpr CommandActs(CommandAct act) : bits_(1U << static_cast<unsigned>(act)) {}  // NOLINT: a set of one
  constexpr bool has(CommandAct act) const { return (bits_ & CommandActs(act).bits_) != 0; }
  constexpr bool none() const { return bits_ == 0; }
  friend constexpr CommandActs operator|(CommandActs a, CommandActs b) {
    return CommandActs(a.bits_ | b.bits_);
  }
  constexpr bool operator==(const CommandActs&) const = default;

 private:
  constexpr explicit CommandActs(std::uint32_t bits) : bits_(bits) {}
  std::uint32_t bits_ = 0;
};
constexpr CommandActs operator|(CommandAct a, CommandAct b) { return CommandActs(a) | CommandActs(b); }

// One line of the table: from all these states, by this input. `same_*`: that part of the state stays.
struct CommandRow {
  CommandInput input;
  std::uint32_t stages;  // a bit each
  std::uint32_t keeps;
  CommandStage stage;
  bool same_stage;
  CommandKeep keep;
  bool same_keep;
  CommandActs acts;

  constexpr bool is_for(CommandState state, CommandInput by) const {
    return by == input && (stages >> static_cast<unsigned>(state.stage) & 1) != 0 &&
           (keeps >> static_cast<unsigned>(state.keep) & 1) != 0;
  }
  constexpr CommandState next(CommandState from) const {
    return {same_stage ? from.stage : stage, same_keep ? from.keep : keep};
  }
};

// All rows. At most one is for a state and an input.
std::span<const CommandRow> command_rows();

// Has no end yet.
constexpr bool is_live(CommandStage stage) { return stage < CommandStage::done; }
// Takes messages of its agent.
constexpr bool is_linked(CommandStage stage) {
  return stage > CommandStage::unsent && stage <= CommandStage::doomed;
}

// It lasts from this step on, and has no end yet.
constexpr bool begins_to_last(CommandState before, CommandState after) {
  return is_live(after.stage) && before.keep == CommandKeep::fleeting && after.keep != CommandKeep::fleeting;
}

// Its agent has said nothing of it yet.
constexpr bool awaits_start(CommandStage stage) {
  return stage == CommandStage::given || stage == CommandStage::doomed_given;
}
// Goes on without a session.
constexpr bool is_away(CommandStage stage) {
  return stage >= CommandStage::away_unsent && stage <= CommandStage::handed_on;
}

class CommandFsm {
 public:
  explicit CommandFsm(CommandState first = {}) : state_(first) {}

  // Changes the state and says what is to be done.
  CommandActs take(CommandInput input);

  CommandState state() const { return state_; }
  CommandStage stage() const { return state_.stage; }
  CommandKeep keep() const { return state_.keep; }

 private:
  CommandState state_;
};

std::string_view to_string(CommandStage stage);
std::string_view to_string(CommandKeep keep);
std::string_view to_string(CommandInput input);

}  // namespace server
