// Ticker: calls a function again and again, at a fixed interval. Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace agent::net {

class Loop;

class Ticker {
 public:
  // A test's clock (agent/testing.hpp) stops at each tick of work, and passes over those of housekeeping.
  enum class Kind { housekeeping, work };

  // Does not tick before start(). `action` may stop and end the Ticker; what it throws leaves Loop::run().
  Ticker(Loop& loop, std::chrono::nanoseconds interval, std::function<void()> action,
         Kind kind = Kind::housekeeping);
  // No call comes after that.
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  // The first call comes after one interval, or after `first`, the others at multiples of it. A loop that was
  // held up does not catch up on missed calls. Nothing changes when it ticks already.
  void start();
  void start(std::chrono::nanoseconds first);
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace agent::net
