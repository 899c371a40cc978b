#include "commands/command_fsm.hpp"

#include <array>

namespace server {
namespace {

using Stage = CommandStage;
using Keep = CommandKeep;
using In = CommandInput;
using Act = CommandAct;

// ---- sets of states, and what becomes of them

struct Stages {
  std::uint32_t bits = 0;
  constexpr Stages(Stage one) : bits(1U << static_cast<unsigned>(one)) {}  // NOLINT: a set of one
  constexpr explicit Stages(std::uint32_t all) : bits(all) {}
};
constexpr Stages operator|(Stages a, Stages b) { return Stages(a.bits | b.bits); }
constexpr Stages operator|(Stage a, Stage b) { return Stages(a) | Stages(b); }

struct Keeps {
  std::uint32_t bits = 0;
  constexpr Keeps(Keep one) : bits(1U << static_cast<unsigned>(one)) {}  // NOLINT: a set of one
  constexpr explicit Keeps(std::uint32_t all) : bits(all) {}
};
constexpr Keeps operator|(Keeps a, Keeps b) { return Keeps(a.bits | b.bits); }
constexpr Keeps operator|(Keep a, Keep b) { return Keeps(a) | Keeps(b); }

struct Same {};
constexpr Same same;

struct ToStage {
  Stage stage{};
  bool stays = false;
  constexpr ToStage(Stage to) : stage(to) {}  // NOLINT: a part of a row
  constexpr ToStage(Same) : stays(true) {}    // NOLINT
};
struct ToKeep {
  Keep keep{};
  bool stays = false;
  constexpr ToKeep(Keep to) : keep(to) {}  // NOLINT: a part of a row
  constexpr ToKeep(Same) : stays(true) {}  // NOLINT
};

constexpr CommandRow row(In input, Stages from, Keeps with, ToStage to, ToKeep then, CommandActs acts = {}) {
  return {input, from.bits, with.bits, to.stage, to.stays, then.keep, then.stays, acts};
}

constexpr Stages kWaits = Stage::given | Stage::doomed_given;  // for the agent's first word
constexpr Stages kTails = Stage::tail | Stage::tail_late;
constexpr Stages kRuns = Stage::running | Stage::doomed | kTails;
constexpr Stages kLinked = kWaits | kRuns;
constexpr Stages kAwayWaits = Stage::away_given | Stage::doomed_away_given;
constexpr Stages kAwayRuns = Stage::away_running | Stage::doomed_away_running;
constexpr Stages kAway = kAwayWaits | kAwayRuns;
constexpr Stages kUnsent = Stage::unsent | Stage::away_unsent;
constexpr Stages kOver = Stage::done | Stage::broken;

constexpr Keeps kFleeting = Keep::fleeting;
constexpr Keeps kLasting = Keep::keeping | Keep::kept | Keep::unkept;  // or is to last, not over
constexpr Keeps kLastingEnd = kLasting | Keep::writing;
constexpr Keeps kAnyKeep = kFleeting | kLastingEnd;

constexpr CommandActs kDone = Act::finish_done;
constexpr CommandActs kFailed = Act::finish_failed | Act::disown;
constexpr CommandActs kLost = Act::finish_lost | Act::disown;
constexpr CommandActs kSettle = Act::acknowledge;

// What could last does: a command that ends while nobody waits has its output and its end written.
constexpr CommandRow kRows[] = {
    //  input              from                     that is          to                   which is
    // ---- it begins
    row(In::order, Stage::unsent, kFleeting, Stage::given, same, Act::time_start | Act::give),
    row(In::order_to_keep, Stage::unsent, kFleeting, same, Keep::keeping, Act::time_start | Act::save),
    row(In::saved, Stage::unsent, Keep::keeping, Stage::given, Keep::kept, Act::give),
    row(In::not_saved, kUnsent, Keep::keeping, Stage::broken, Keep::writing, kFailed | Act::write),
    row(In::execd, Stage::given, kFleeting, Stage::running, same, Act::time_second),
    row(In::execd, Stage::given, Keep::keeping | Keep::kept, Stage::running, same, Act::time_run | Act::save),
    row(In::execd, Stage::given, Keep::unkept, Stage::running, Keep::keeping, Act::time_run | Act::save),

    // ---- keep: what makes a command last
    row(In::timer, Stage::running, kFleeting, same, Keep::keeping, Act::time_run | Act::save),
    row(In::outgrown, Stage::running, kFleeting, same, Keep::keeping, Act::time_run | Act::save),
    row(In::outgrown, kWaits | kTails, kFleeting, same, Keep::keeping, Act::save),
    row(In::client_left, Stage::running, kFleeting, same, Keep::keeping, Act::time_run | Act::save),
    row(In::client_left, kWaits | kTails, kFleeting, same, Keep::keeping, Act::save),
    row(In::client_left, kOver, kFleeting, same, Keep::writing, Act::write),
    row(In::client_left, Stage::delivered, kFleeting, Stage::done, Keep::writing, Act::retain | Act::write),
    row(In::saved, kLinked, Keep::keeping, same, Keep::kept, Act::acknowledge_written),
    row(In::saved, kAway | Stage::handed_on, Keep::keeping, same, Keep::kept),
    row(In::saved, Stage::away_unsent, Keep::keeping, Stage::away_given, Keep::kept),
    row(In::not_saved, kLinked, Keep::keeping, same, Keep::unkept, Act::acknowledge_written),
    row(In::not_saved, kAway | Stage::handed_on, Keep::keeping, same, Keep::unkept),
    row(In::written, kLinked, Keep::kept | Keep::unkept, same, same, Act::acknowledge_written),
    row(In::all_written, kLinked, Keep::kept | Keep::unkept, same, same, Act::acknowledge_written),

    // ---- it ends
    row(In::end, kLinked, kFleeting, Stage::done, same, kDone),
    row(In::end, kLinked, kLasting, Stage::done, Keep::writing, kDone | Act::write),
    row(In::early_end, kLinked, kFleeting | kLasting, Stage::tail, same, Act::time_tail),
    row(In::data, kTails, kFleeting | kLasting, Stage::tail, same, Act::time_tail),
    row(In::timer, Stage::tail, kFleeting | kLasting, Stage::tail_late, same, Act::time_tail),
    row(In::timer, Stage::tail_late, kFleeting, Stage::done, same, kDone),
    row(In::timer, Stage::tail_late, kLasting, Stage::done, Keep::writing, kDone | Act::write),
    row(In::refused, kLinked, kFleeting, Stage::broken, same, kFailed),
    row(In::refused, kLinked | kAwayWaits | kUnsent, kLasting, Stage::broken, Keep::writing,
        kFailed | Act::write),
    row(In::strange, kLinked, kFleeting, Stage::broken, same, kLost),
    row(In::strange, kLinked, kLasting, Stage::broken, Keep::writing, kLost | Act::write),
    row(In::timer, kWaits, kFleeting, Stage::broken, same, kLost),
    row(In::timer, kWaits | kAway | kUnsent, kLasting, Stage::broken, Keep::writing, kLost | Act::write),
    row(In::timer, Stage::running, kLasting, Stage::broken, Keep::writing, Act::kill | kLost | Act::write),
    row(In::timer, Stage::doomed, kLasting, Stage::broken, Keep::writing, Act::kill | kLost | Act::write),

    // ---- its end is stored
    row(In::all_written, kOver, Keep::writing, same, Keep::keeping, Act::save_end),
    row(In::end_saved, kOver, Keep::keeping, same, Keep::kept, kSettle),
    row(In::end_not_saved, kOver, Keep::keeping, same, Keep::unkept, Act::unlink),

    // ---- it is killed
    row(In::kill, Stage::given, kFleeting, Stage::doomed_given, Keep::keeping, Act::save),
    row(In::kill, Stage::given, kLasting, Stage::doomed_given, same),
    row(In::kill, Stage::running, kFleeting, Stage::doomed, Keep::keeping,
        Act::kill | Act::time_run | Act::save),
    row(In::kill, Stage::running | Stage::doomed, kLasting, Stage::doomed, same, Act::kill),
    row(In::kill, kUnsent, Keep::keeping, Stage::broken, Keep::writing, kFailed | Act::write),
    row(In::kill, Stage::away_given, kLasting, Stage::doomed_away_given, same),
    row(In::kill, Stage::away_running, kLasting, Stage::doomed_away_running, same),
    row(In::execd, Stage::doomed_given, Keep::keeping | Keep::kept, Stage::doomed, same,
        Act::kill | Act::time_run | Act::save),
    row(In::execd, Stage::doomed_given, Keep::unkept, Stage::doomed, Keep::keeping,
        Act::kill | Act::time_run | Act::save),

    // ---- its session is lost
    row(In::cut, Stage::unsent, Keep::keeping, Stage::away_unsent, same, Act::unlink),
    row(In::cut, Stage::given, kFleeting, Stage::away_given, Keep::keeping, Act::unlink | Act::save),
    row(In::cut, Stage::given, kLasting, Stage::away_given, same, Act::unlink),
    row(In::cut, Stage::running, kFleeting, Stage::away_running, Keep::keeping,
        Act::unlink | Act::time_away | Act::save),
    row(In::cut, Stage::running, kLasting, Stage::away_running, same, Act::unlink | Act::time_away),
    row(In::cut, Stage::doomed_given, kLasting, Stage::doomed_away_given, same, Act::unlink),
    row(In::cut, Stage::doomed, kLasting, Stage::doomed_away_running, same, Act::unlink | Act::time_away),
    row(In::cut, kTails, kFleeting, Stage::done, same, kDone | Act::unlink),
    row(In::cut, kTails, kLasting, Stage::done, Keep::writing, kDone | Act::unlink | Act::write),
    row(In::cut_for_good, kTails, kFleeting, Stage::done, same, kDone | Act::unlink),
    row(In::cut_for_good, kTails, kLasting, Stage::done, Keep::writing, kDone | Act::unlink | Act::write),
    row(In::cut_for_good, kWaits | Stage::running, kFleeting, Stage::broken, same, kLost | Act::unlink),
    row(In::cut_for_good, kWaits | Stage::running | Stage::doomed | kAway | kUnsent, kLasting, Stage::broken,
        Keep::writing, kLost | Act::unlink | Act::write),
    row(In::server_ends, kWaits | Stage::running, kFleeting, Stage::handed_on, Keep::keeping,
        Act::unlink | Act::save),
    row(In::server_ends, kWaits | Stage::running | Stage::doomed | kUnsent, kLasting, Stage::handed_on, same,
        Act::unlink),
    row(In::server_ends, kTails, kFleeting, Stage::done, same, kDone | Act::unlink),
    row(In::server_ends, kTails, kLasting, Stage::done, Keep::writing, kDone | Act::unlink | Act::write),
    row(In::cut, kOver, kAnyKeep, same, same, Act::unlink),
    row(In::cut_for_good, kOver, kAnyKeep, same, same, Act::unlink),
    row(In::server_ends, kOver, kAnyKeep, same, same, Act::unlink),

    // ---- its agent is back, perhaps before the old session's loss was noticed
    row(In::back_with, kWaits, kFleeting | kLasting, same, same, Act::join | Act::time_start),
    row(In::back_with, Stage::running, kFleeting | kLasting, same, same, Act::join | Act::time_run),
    row(In::back_with, Stage::doomed, kLasting, same, same, Act::join | Act::kill | Act::time_run),
    row(In::back_with, Stage::away_given, kLasting, Stage::given, same, Act::join | Act::time_start),
    row(In::back_with, Stage::away_running, kLasting, Stage::running, same, Act::join | Act::time_run),
    row(In::back_with, Stage::doomed_away_given, kLasting, Stage::doomed_given, same,
        Act::join | Act::time_start),
    row(In::back_with, Stage::doomed_away_running, kLasting, Stage::doomed, same,
        Act::join | Act::kill | Act::time_run),
    row(In::back_with, Stage::done, kFleeting | Keep::writing | Keep::keeping, same, same, Act::join),
    row(In::back_with, Stage::done, Keep::unkept, same, Keep::writing, Act::join | Act::write),
    row(In::back_with, Stage::done, Keep::kept, same, same, Act::disown),
    row(In::back_with, Stage::broken | Stage::delivered | Stage::gone | kUnsent, kAnyKeep, same, same,
        Act::disown),
    row(In::back_unreached, Stage::unsent, Keep::keeping, same, same, Act::relink),
    row(In::back_unreached, Stage::away_unsent, Keep::keeping, Stage::unsent, same, Act::relink),
    row(In::back_unreached, Stage::given | Stage::away_given, kFleeting | kLasting, Stage::given, same,
        Act::relink | Act::give),
    row(In::back_unreached, Stage::doomed_given | Stage::doomed_away_given, kLasting, Stage::broken,
        Keep::writing, kFailed | Act::write),
    row(In::back_without, kLinked, kFleeting, Stage::broken, same, kLost),
    row(In::back_without, kLinked | kAway | kUnsent, kLasting, Stage::broken, Keep::writing,
        kLost | Act::write),
    row(In::stranger, kLinked, kFleeting, Stage::broken, same, kLost),
    row(In::stranger, kLinked | kAway | kUnsent, kLasting, Stage::broken, Keep::writing, kLost | Act::write),

    // ---- its result is taken, and forgotten
    row(In::deliver, kOver, kFleeting, Stage::delivered, same, kSettle | Act::remember),
    row(In::deliver, kOver, kLastingEnd, Stage::delivered, Keep::fleeting,
        kSettle | Act::remember | Act::remove),
    row(In::forget, kOver, kFleeting, Stage::gone, same, kSettle | Act::drop),
    row(In::forget, kOver, kLastingEnd, Stage::gone, Keep::fleeting, kSettle | Act::remove | Act::drop),
    row(In::forget, Stage::delivered, kFleeting, Stage::gone, same, Act::drop),

    // ---- the server ends
    row(In::close, kLinked | kOver | Stage::unsent, kFleeting, Stage::gone, same, Act::unlink | Act::drop),
    row(In::close, Stage::delivered, kFleeting, Stage::gone, same, Act::drop),
    row(In::close, kLinked | kAway | kUnsent | Stage::handed_on, kLasting, Stage::gone, Keep::fleeting,
        Act::unlink | Act::write_now | Act::save),
    row(In::close, kOver, Keep::kept, Stage::gone, Keep::fleeting, Act::unlink),
    row(In::close, kOver, Keep::writing | Keep::keeping | Keep::unkept, Stage::gone, Keep::fleeting,
        Act::unlink | Act::write_now | Act::save_end),
};

// ---- the table, spread out

struct Step {
  CommandState next;
  CommandActs acts;
};
constexpr std::size_t kStates = kCommandStages * kCommandKeeps;
using Steps = std::array<Step, kStates * kCommandInputs>;

constexpr std::size_t index_of(CommandState state, In input) {
  const std::size_t place =
      static_cast<std::size_t>(state.stage) * kCommandKeeps + static_cast<std::size_t>(state.keep);
  return place * kCommandInputs + static_cast<std::size_t>(input);
}

constexpr Steps spread() {
  Steps steps{};
  for (std::size_t state = 0; state < kStates; ++state) {
    const CommandState from{static_cast<Stage>(state / kCommandKeeps),
                            static_cast<Keep>(state % kCommandKeeps)};
    for (std::size_t input = 0; input < kCommandInputs; ++input)
      steps[index_of(from, static_cast<In>(input))] = {from, {}};
    for (const CommandRow& row : kRows)
      if (row.is_for(from, row.input)) steps[index_of(from, row.input)] = {row.next(from), row.acts};
  }
  return steps;
}
constexpr Steps kSteps = spread();

constexpr std::array<std::string_view, kCommandStages> kStageNames{"unsent",
                                                                   "given",
                                                                   "running",
                                                                   "tail",
                                                                   "tail_late",
                                                                   "doomed_given",
                                                                   "doomed",
                                                                   "away_unsent",
                                                                   "away_given",
                                                                   "away_running",
                                                                   "doomed_away_given",
                                                                   "doomed_away_running",
                                                                   "handed_on",
                                                                   "done",
                                                                   "broken",
                                                                   "delivered",
                                                                   "gone"};
constexpr std::array<std::string_view, kCommandKeeps> kKeepNames{"fleeting", "keeping", "kept", "unkept",
                                                                 "writing"};
constexpr std::array<std::string_view, kCommandInputs> kInputNames{
    "order",     "order_to_keep",  "kill",         "client_left", "deliver",
    "forget",    "execd",          "refused",      "data",        "outgrown",
    "end",       "early_end",      "strange",      "cut",         "cut_for_good",
    "back_with", "back_unreached", "back_without", "stranger",    "saved",
    "not_saved", "written",        "all_written",  "end_saved",   "end_not_saved",
    "timer",     "server_ends",    "close"};

}  // namespace

std::span<const CommandRow> command_rows() { return kRows; }

CommandActs CommandFsm::take(CommandInput input) {
  const Step& step = kSteps[index_of(state_, input)];
  state_ = step.next;
  return step.acts;
}

std::string_view to_string(CommandStage stage) { return kStageNames[static_cast<std::size_t>(stage)]; }
std::string_view to_string(CommandKeep keep) { return kKeepNames[static_cast<std::size_t>(keep)]; }
std::string_view to_string(CommandInput input) { return kInputNames[static_cast<std::size_t>(input)]; }

}  // namespace server
