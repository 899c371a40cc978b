#include "net/loops.hpp"

#include <thread>

namespace agent::net {

Loops::Loops(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
}

void Loops::run() {
  std::vector<std::jthread> threads;
  for (std::size_t i = 1; i < loops_.size(); ++i)
    threads.emplace_back([loop = loops_[i].get()] { loop->run(); });
  front().run();
}

void Loops::stop() {
  for (const auto& loop : loops_) loop->stop();
}

// What ends on a later loop may have posted to an earlier one, and the end of that to a later one again. A
// coroutine waits for at most one other loop, so that two rounds are enough.
void Loops::clear() {
  for (int round = 0; round < 2; ++round) {
    for (const auto& loop : loops_) loop->end();
  }
  loops_.clear();
}

}  // namespace agent::net
