// The supervisor of `run --daemon`: a process that keeps one child running.
//
// It starts the child, hears from it that it is ready, collects it, waits and starts it again
// (supervision.hpp), and passes on signals: HUP to the child; INT, TERM and QUIT, too, after which it leaves
// once the child has ended. It has one thread, and between two deaths it sleeps in one system call.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "host/service/supervised_child.hpp"
#include "host/service/supervision.hpp"

namespace agent::host {

// Time and signals; a test has a time of its own.
class SupervisorClock {
 public:
  using TimePoint = Supervision::TimePoint;

  virtual ~SupervisorClock() = default;
  // That of the machine without its wall clock's jumps.
  virtual TimePoint now() = 0;
  // The next of the signals that a supervisor listens to, which are blocked; 0 when the time has come.
  virtual int wait(std::optional<TimePoint> deadline) = 0;

  static SupervisorClock& real();
};

struct SupervisorOptions {
  SupervisedCommand command;
  unsigned max_exits = 0;  // 0 = without end
  // Called before each start.
  std::function<void()> prepare = [] {};
  // Called once, with the process id of the first child that runs. Before, an error is thrown; afterwards it
  // is logged, and the start is tried again.
  std::function<void(int pid)> began = [](int) {};
  // Called once, when INT, TERM or QUIT has come and before the child hears of it.
  std::function<void()> told_to_stop = [] {};
  // The first child runs only when it says that it is ready (RunReport::ready(): a program of ours has read
  // its configuration then, and its loop runs).
  bool until_ready = false;
  // Called once in place of `began`, when the first child ended before: with its exit code, 128 + n after
  // signal n. `again`: it is started again, however often that takes.
  std::function<void(int code, bool again)> ended_at_once = [](int, bool) {};
};

// Blocks the signals above and SIGCHLD for this thread, and gives every one of them its default meaning:
// whoever started us may have ignored them. To be called as early as can be: what comes afterwards waits.
void listen_to_signals();

// Until told to stop: the exit code for main(). Throws what start_supervised() throws for the first child.
int supervise(const SupervisorOptions& options, SupervisorClock& clock = SupervisorClock::real());

}  // namespace agent::host
