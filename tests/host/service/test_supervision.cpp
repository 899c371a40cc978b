#include "host/service/supervision.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

using agent::host::Supervision;
using State = Supervision::State;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const Supervision::TimePoint kBegin{hours(5)};

// In each of its states, at kBegin.
Supervision in(State state, unsigned max_exits = 0) {
  Supervision supervision(max_exits);
  if (state == State::start) return supervision;
  supervision.started(kBegin);
  if (state == State::pause) supervision.ended(1, kBegin);
  if (state == State::stop || state == State::left) supervision.told_to_stop(kBegin);
  if (state == State::left) supervision.ended(0, kBegin);
  return supervision;
}

constexpr std::array kStates = {State::start, State::run, State::pause, State::stop, State::left};

}  // namespace

TEST_CASE("Each state of a supervision goes where the table of its header says", "[host]") {
  struct Row {
    std::function<void(Supervision&)> input;
    std::array<State, 5> after;  // start, run, pause, stop, left
  };
  const std::vector<Row> rows = {
      {[](Supervision& s) { s.started(kBegin); },
       {State::run, State::run, State::pause, State::stop, State::left}},
      {[](Supervision& s) { s.ended(1, kBegin); },
       {State::pause, State::pause, State::pause, State::left, State::left}},
      {[](Supervision& s) { s.ended(78, kBegin); },
       {State::left, State::left, State::pause, State::left, State::left}},
      {[](Supervision& s) { s.told_to_stop(kBegin); },
       {State::left, State::stop, State::left, State::stop, State::left}},
      {[](Supervision& s) { s.time_passed(kBegin + hours(1)); },
       {State::start, State::run, State::start, State::stop, State::left}},
  };
  for (std::size_t input = 0; input < rows.size(); ++input) {
    for (std::size_t at = 0; at < kStates.size(); ++at) {
      INFO("input " << input << ", state " << at);
      Supervision supervision = in(kStates[at]);
      REQUIRE(supervision.state() == kStates[at]);
      rows[input].input(supervision);
      CHECK(supervision.state() == rows[input].after[at]);
    }
  }
}

TEST_CASE("A child that dies is started again after 1, 2, 4 to 60 seconds", "[host]") {
  Supervision supervision;
  Supervision::TimePoint now = kBegin;
  for (const int pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
    supervision.started(now);
    supervision.ended(1, now);
    CHECK(supervision.pause() == seconds(pause));
    supervision.time_passed(now + seconds(pause) - std::chrono::nanoseconds(1));
    CHECK(supervision.state() == State::pause);
    now += seconds(pause);
    supervision.time_passed(now);
    CHECK(supervision.state() == State::start);
  }
}

TEST_CASE("A child that lived ten minutes begins the delays anew", "[host]") {
  Supervision supervision;
  for (int i = 0; i < 5; ++i) {
    supervision.started(kBegin);
    supervision.ended(1, kBegin);
    supervision.time_passed(kBegin + hours(1));
  }
  supervision.started(kBegin);
  SECTION("a nanosecond less does not") {
    supervision.ended(1, kBegin + minutes(10) - std::chrono::nanoseconds(1));
    CHECK(supervision.pause() == seconds(32));
  }
  SECTION("ten minutes do") {
    supervision.ended(1, kBegin + minutes(10));
    CHECK(supervision.pause() == seconds(1));
  }
}

TEST_CASE("A child that dies at once for an hour is started 65 times", "[host]") {
  Supervision supervision;
  int starts = 0;
  for (Supervision::TimePoint now = kBegin; now < kBegin + hours(1);) {
    supervision.started(now);
    ++starts;
    supervision.ended(1, now);
    now = supervision.deadline().value();
    supervision.time_passed(now);
  }
  CHECK(starts == 65);  // 6 in the first 63 s, then one each minute
}

TEST_CASE("A supervisor leaves with the last code after so many exits, and at once with 78", "[host]") {
  Supervision supervision(3);
  for (const int code : {1, 2}) {
    supervision.started(kBegin);
    supervision.ended(code, kBegin);
    REQUIRE(supervision.state() == State::pause);
    supervision.time_passed(kBegin + hours(1));
  }
  supervision.started(kBegin);
  SECTION("the third end is the last one") {
    supervision.ended(9, kBegin);
    CHECK(supervision.state() == State::left);
    CHECK(supervision.exit_code() == 9);
  }
  SECTION("unless that child lived ten minutes, which begins the count anew") {
    supervision.ended(9, kBegin + minutes(10));
    CHECK(supervision.state() == State::pause);
  }
  SECTION("78 is at once") {
    Supervision fresh(3);
    fresh.started(kBegin);
    fresh.ended(78, kBegin + hours(3));
    CHECK(fresh.state() == State::left);
    CHECK(fresh.exit_code() == 78);
  }
}

TEST_CASE("A supervisor that is told to stop leaves with 0, and kills a child that hangs", "[host]") {
  Supervision supervision = in(State::stop);
  supervision.time_passed(kBegin + seconds(19));
  CHECK_FALSE(supervision.kill_due());
  supervision.told_to_stop(kBegin + seconds(19));  // gives it no more time
  supervision.time_passed(kBegin + seconds(20));
  CHECK(supervision.kill_due());
  supervision.ended(137, kBegin + seconds(20));
  CHECK(supervision.state() == State::left);
  CHECK(supervision.exit_code() == 0);
}
