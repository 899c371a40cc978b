// Supervision: what a supervisor does next with its one child, decided without a process and without a clock.
//
//   state    started   ended               told to stop   time has come
//   start    -> run    -> pause or left    -> left        .
//   run      .         -> pause or left    -> stop        .
//   pause    .         .                   -> left        -> start
//   stop     -> stop   -> left             .              . (kill the child)
//   left     .         .                   .              .
//
// "ended" leads to `left` with the child's code when the configuration is wrong (78) or after `max_exits`
// ends, and otherwise to a pause of 1, 2, 4 … 32, 60 s. A child that lived 10 minutes begins the delays and
// the count anew. Told to stop, a supervisor leaves with 0. Not thread-safe; times never go back.
#pragma once

#include <chrono>
#include <optional>

namespace agent::host {

class Supervision {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class State { start, run, pause, stop, left };

  static constexpr std::chrono::seconds kLongestPause{60};
  static constexpr std::chrono::minutes kLongLife{10};
  // A program of ours ends within 10 s; one that hangs is killed.
  static constexpr std::chrono::seconds kStopLimit{20};
  static constexpr int kBadConfig = 78;  // EX_CONFIG of sysexits.h

  // 0 = without end.
  explicit Supervision(unsigned max_exits = 0) : max_exits_(max_exits) {}

  void started(TimePoint now);
  // `code`: its exit code, 128 + n after signal n; 127 when it could not be started.
  void ended(int code, TimePoint now);
  void told_to_stop(TimePoint now);
  void time_passed(TimePoint now);

  State state() const { return state_; }
  // When time_passed() is to be called, at the latest. nullopt = there is nothing to wait for.
  std::optional<TimePoint> deadline() const { return deadline_; }
  // Whether the child has had its time to stop: to be killed.
  bool kill_due() const { return kill_due_; }
  // In `left`.
  int exit_code() const { return exit_code_; }
  // In `pause`: how long it is.
  std::chrono::seconds pause() const { return pause_; }

 private:
  void leave(int code);

  const unsigned max_exits_;
  State state_ = State::start;
  std::optional<TimePoint> deadline_;
  TimePoint began_{};
  std::chrono::seconds pause_{0};
  unsigned exits_ = 0;
  bool kill_due_ = false;
  int exit_code_ = 0;
};

}  // namespace agent::host
