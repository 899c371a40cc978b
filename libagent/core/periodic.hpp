// Periodic: calls a function again and again while it lives. Loop thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "net/loop.hpp"

namespace agent::core {

class Periodic {
 public:
  // The first call comes after one interval. A loop that was held up does not catch up on missed calls.
  Periodic(net::Loop& loop, std::chrono::nanoseconds interval, std::function<void()> action);
  ~Periodic();
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace agent::core
