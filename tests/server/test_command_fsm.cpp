#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "commands/command_fsm.hpp"

using namespace server;
using Act = CommandAct;
using In = CommandInput;
using Keep = CommandKeep;
using Stage = CommandStage;

namespace {

constexpr std::array kTimers{Act::time_start, Act::time_second, Act::time_run, Act::time_away,
                             Act::time_tail};

bool finishes(CommandActs acts) {
  return acts.has(Act::finish_done) || acts.has(Act::finish_failed) || acts.has(Act::finish_lost);
}
bool sets_timer(CommandActs acts) {
  return std::any_of(kTimers.begin(), kTimers.end(), [&](Act act) { return acts.has(act); });
}
bool is_over(Stage stage) { return stage == Stage::done || stage == Stage::broken; }
bool is_away_only(Stage stage) { return is_away(stage) && stage != Stage::handed_on; }

std::size_t number_of(CommandState state) {
  return static_cast<std::size_t>(state.stage) * kCommandKeeps + static_cast<std::size_t>(state.keep);
}
CommandState state_of(std::size_t number) {
  return {static_cast<Stage>(number / kCommandKeeps), static_cast<Keep>(number % kCommandKeeps)};
}
std::string name_of(CommandState state) {
  return std::string(to_string(state.stage)) + "/" + std::string(to_string(state.keep));
}

template <class Visit>
void for_all_inputs(Visit visit) {
  for (std::size_t i = 0; i < kCommandInputs; ++i) visit(static_cast<In>(i));
}

// A new command, and those that a server finds when it starts.
const std::vector<CommandState> kFirst{{Stage::unsent, Keep::fleeting},
                                       {Stage::away_given, Keep::kept},
                                       {Stage::away_running, Keep::kept},
                                       {Stage::done, Keep::kept},
                                       {Stage::broken, Keep::kept}};

// All states that any order of inputs can lead to.
std::set<std::size_t> reachable() {
  std::set<std::size_t> found;
  std::vector<CommandState> open = kFirst;
  while (!open.empty()) {
    const CommandState state = open.back();
    open.pop_back();
    if (!found.insert(number_of(state)).second) continue;
    for_all_inputs([&](In input) {
      CommandFsm fsm(state);
      fsm.take(input);
      open.push_back(fsm.state());
    });
  }
  return found;
}

template <class Visit>
void walk(Visit visit) {
  for (const std::size_t number : reachable()) {
    const CommandState from = state_of(number);
    for_all_inputs([&](In input) {
      CommandFsm fsm(from);
      const CommandActs acts = fsm.take(input);
      CAPTURE(name_of(from), to_string(input), name_of(fsm.state()));
      visit(from, input, fsm.state(), acts);
    });
  }
}

}  // namespace

TEST_CASE("At most one row of the table is for a state and an input, and each row for one that can be",
          "[server][commands]") {
  const std::set<std::size_t> states = reachable();
  for (const CommandRow& row : command_rows()) {
    std::size_t used = 0;
    for (const std::size_t number : states) used += row.is_for(state_of(number), row.input);
    CAPTURE(to_string(row.input), &row - command_rows().data());
    CHECK(used > 0);
  }
  walk([](CommandState from, In input, CommandState, CommandActs) {
    std::size_t rows = 0;
    for (const CommandRow& row : command_rows()) rows += row.is_for(from, input);
    CHECK(rows <= 1);
  });
}

TEST_CASE("Every stage of a command can be reached", "[server][commands]") {
  std::set<Stage> stages;
  for (const std::size_t number : reachable()) stages.insert(state_of(number).stage);
  CHECK(stages.size() == kCommandStages);
}

TEST_CASE("What lasts of a command fits its stage in every state that can be reached", "[server][commands]") {
  for (const std::size_t number : reachable()) {
    const CommandState state = state_of(number);
    CAPTURE(name_of(state));
    if (state.keep == Keep::writing) CHECK(is_over(state.stage));
    if (is_away(state.stage)) CHECK(state.keep != Keep::fleeting);
    if (state.stage == Stage::doomed || state.stage == Stage::doomed_given)
      CHECK(state.keep != Keep::fleeting);
    if (state.stage == Stage::delivered || state.stage == Stage::gone) CHECK(state.keep == Keep::fleeting);
  }
}

TEST_CASE("Every transition of a command keeps its rules", "[server][commands]") {
  walk([](CommandState from, In input, CommandState to, CommandActs acts) {
    // It ends once: where it goes from having no end to having one.
    CHECK(finishes(acts) == (is_live(from.stage) && is_over(to.stage)));
    if (!is_live(from.stage)) CHECK_FALSE(is_live(to.stage));
    if (from.stage == Stage::gone) CHECK(to == from);
    // A success is what the agent has reported.
    if (acts.has(Act::finish_done))
      CHECK((input == In::end || from.stage == Stage::tail || from.stage == Stage::tail_late));
    CHECK(acts.has(Act::finish_done) == (finishes(acts) && to.stage == Stage::done));
    // All is acknowledged when its end lasts, or was taken, or nobody wants it.
    if (acts.has(Act::acknowledge))
      CHECK((input == In::end_saved || input == In::deliver || input == In::forget));
    // A part is when the record that makes it findable is there, or cannot be.
    if (acts.has(Act::acknowledge_written)) CHECK((to.keep == Keep::kept || to.keep == Keep::unkept));
    // Somebody watches the time of all that is under way.
    if (from.stage != to.stage && is_live(to.stage) && from.stage == Stage::unsent &&
        from.keep == Keep::fleeting)
      CHECK(sets_timer(acts));
    if (!is_live(to.stage)) CHECK_FALSE(sets_timer(acts));
    // What becomes durable has its record written.
    if (from.keep == Keep::fleeting && to.keep == Keep::keeping) CHECK(acts.has(Act::save));
    if (to.keep == Keep::writing && from.keep != Keep::writing) CHECK(acts.has(Act::write));
    if (from.keep == Keep::writing && to.keep == Keep::keeping) CHECK(acts.has(Act::save_end));
    // Nothing is sent to an agent that is away.
    if (is_away_only(to.stage) || to.stage == Stage::handed_on)
      CHECK_FALSE((acts.has(Act::kill) || acts.has(Act::acknowledge_written) || acts.has(Act::give)));
  });
}

TEST_CASE("A short command that somebody waits for touches no store", "[server][commands]") {
  CommandFsm fsm;
  CommandActs all;
  for (const In input : {In::order, In::execd, In::data, In::end, In::deliver}) all = all | fsm.take(input);
  CHECK(fsm.stage() == Stage::delivered);
  for (const Act act : {Act::save, Act::save_end, Act::write, Act::remove}) CHECK_FALSE(all.has(act));
  CHECK(all.has(Act::remember));
}

TEST_CASE("A command becomes durable for each of the reasons", "[server][commands]") {
  const In reason = GENERATE(In::client_left, In::timer, In::cut, In::outgrown, In::kill, In::server_ends);
  CommandFsm fsm({Stage::running, Keep::fleeting});
  CHECK(fsm.take(reason).has(Act::save));
  CHECK(fsm.keep() == Keep::keeping);
}

TEST_CASE("A command that begins to last while it runs may run on", "[server][commands]") {
  for_all_inputs([](In input) {
    CommandFsm fsm({Stage::running, Keep::fleeting});
    const CommandActs acts = fsm.take(input);
    INFO(to_string(input));
    // The timer was set for the first second: when that is over, nothing may be lost.
    if (fsm.keep() == Keep::keeping && fsm.stage() == Stage::running) CHECK(acts.has(Act::time_run));
  });
}

TEST_CASE("A result that was delivered to a client which had left is kept after all", "[server][commands]") {
  CommandFsm fsm({Stage::delivered, Keep::fleeting});
  const CommandActs acts = fsm.take(In::client_left);
  CHECK(acts == (Act::retain | Act::write));
  CHECK(fsm.take(In::all_written) == Act::save_end);
  fsm.take(In::end_saved);
  CHECK(fsm.state() == CommandState{Stage::done, Keep::kept});
}

// ------------------------------------------------------------------------------------------- a model

namespace {

// World: an agent, a store and clients around one command, which do at random what they can do.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  void live() {
    take(one_in(2) ? In::order : In::order_to_keep);
    for (int i = 0; i < 60; ++i) happen();
    take(In::close);
    CHECK(fsm_.stage() == Stage::gone);
  }

 private:
  bool one_in(unsigned n) { return random_() % n == 0; }

  void happen() {
    switch (random_() % 10) {
      case 0: return take(In::client_left);
      case 1: return say();
      case 2: return say();
      case 3: return store();
      case 4: return store();
      case 5: return lose_session();
      case 6: return come_back();
      case 7: return one_in(4) && timer_ ? take(In::timer) : void();
      case 8: return one_in(4) ? take(In::kill) : void();
      default: return one_in(3) ? use() : void();
    }
  }

  // The agent's messages come over a session.
  void say() {
    if (!linked_ || !is_linked(fsm_.stage())) return;
    if (!said_start_) {
      said_start_ = true;
      return take(one_in(8) ? In::refused : In::execd);
    }
    if (ended_) return;
    if (one_in(3)) {
      ended_ = true;
      return take(In::end);
    }
    ++received_;
    take(In::data);
    if (one_in(4)) take(In::outgrown);
  }

  // The disk does what it was asked for, in order.
  void store() {
    if (one_in(3) && written_ < received_ && fsm_.stage() != Stage::gone) {
      written_ = received_;
      return take(writes_end_ ? In::all_written : In::written);
    }
    if (writes_end_ && !saves_.empty() && one_in(2)) return answer();
    if (writes_end_ && written_ == received_) {
      writes_end_ = false;
      return take(In::all_written);
    }
    answer();
  }
  void answer() {
    if (saves_.empty()) return;
    const bool is_final = saves_.front();
    saves_.erase(saves_.begin());
    const bool ok = !one_in(6);
    if (ok) (is_final ? end_lasts_ : record_lasts_) = true;
    if (!ok) failed_ = true;
    take(is_final ? (ok ? In::end_saved : In::end_not_saved) : (ok ? In::saved : In::not_saved));
  }

  void lose_session() {
    if (!linked_) return;
    linked_ = false;
    take(In::cut);
  }
  void come_back() {
    if (linked_ && !one_in(4)) return;
    has_session_ = true;
    if (!given_) return take(In::back_unreached);
    take(one_in(6) ? In::back_without : In::back_with);
    has_session_ = false;
  }
  void use() {
    if (!is_over(fsm_.stage())) return;
    take(one_in(3) ? In::forget : In::deliver);
  }

  void take(In input) {
    const CommandState from = fsm_.state();
    const CommandActs acts = fsm_.take(input);
    trace_ += std::string(to_string(input)) + " ";
    CAPTURE(trace_, name_of(from), name_of(fsm_.state()));
    if (input == In::order || input == In::order_to_keep) linked_ = true;
    if (acts.has(Act::join) || acts.has(Act::relink)) linked_ = true;
    if (acts.has(Act::give)) given_ = true;
    if (finishes(acts)) {
      CHECK(++ends_ == 1);
      if (acts.has(Act::finish_done)) CHECK(ended_);
      timer_ = false;
    }
    if (sets_timer(acts)) timer_ = true;
    if (is_live(fsm_.stage()) && fsm_.stage() != Stage::handed_on) CHECK(timer_);
    if (acts.has(Act::save)) saves_.push_back(false);
    if (acts.has(Act::save_end)) saves_.push_back(true);
    if (acts.has(Act::write)) writes_end_ = true;
    // The agent drops what is acknowledged: it must be here to stay, taken, or of no use to anybody.
    if (acts.has(Act::acknowledge_written)) CHECK((record_lasts_ || failed_));
    if (acts.has(Act::acknowledge)) CHECK((end_lasts_ || input == In::deliver || input == In::forget));
    if (acts.has(Act::acknowledge) || acts.has(Act::unlink) || acts.has(Act::disown)) linked_ = false;
  }

  std::minstd_rand random_;
  CommandFsm fsm_;
  std::string trace_;
  std::vector<bool> saves_;  // under way; true: of its end
  bool linked_ = false;
  bool has_session_ = false;
  bool given_ = false;
  bool said_start_ = false;
  bool ended_ = false;
  bool timer_ = false;
  bool writes_end_ = false;
  bool record_lasts_ = false;
  bool end_lasts_ = false;
  bool failed_ = false;
  int ends_ = 0;
  int received_ = 0;
  int written_ = 0;
};

}  // namespace

TEST_CASE("A command ends once, succeeds as reported, and loses nothing that was acknowledged",
          "[server][commands]") {
  for (unsigned seed = 1; seed <= 2000; ++seed) World(seed).live();
}

TEST_CASE("A command ends at most once, and truly, whatever comes in whatever order", "[server][commands]") {
  std::minstd_rand random(7);
  for (int life = 0; life < 2000; ++life) {
    CommandFsm fsm(kFirst[random() % 3]);
    int ends = 0;
    bool reported = false;
    for (int i = 0; i < 60; ++i) {
      const In input = static_cast<In>(random() % kCommandInputs);
      reported = reported || input == In::end || input == In::early_end;
      const CommandActs acts = fsm.take(input);
      ends += finishes(acts);
      if (acts.has(Act::finish_done)) CHECK(reported);
    }
    CHECK(ends <= 1);
  }
}
