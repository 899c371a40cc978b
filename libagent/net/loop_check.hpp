// LoopCheck: finds out at an interval whether all loops of a program still run, for a watchdog.
//
// Belongs to the first loop. Must end before the loops do, and once they no longer run.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "net/ticker.hpp"

namespace agent::net {

class LoopCheck {
 public:
  // Once in `interval` each loop is given something to do; the last one to do it calls `all_run`, on its
  // thread, which must not block or throw. Each loop is woken once in an interval. A loop that hangs ends the
  // calls, of which there is one after another: a round begins when the one before is complete. Begins when
  // the first loop runs.
  LoopCheck(std::vector<Loop*> loops, std::chrono::nanoseconds interval, std::function<void()> all_run);
  ~LoopCheck();
  LoopCheck(const LoopCheck&) = delete;
  LoopCheck& operator=(const LoopCheck&) = delete;

 private:
  struct Round {
    std::function<void()> all_run;
    std::atomic<std::size_t> open{0};  // loops that have not run in it yet
  };
  void begin_round();

  const std::vector<Loop*> loops_;
  const std::shared_ptr<Round> round_;
  Ticker ticker_;
};

}  // namespace agent::net
