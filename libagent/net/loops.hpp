// Loops: the event loops of a program, each run by one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "net/loop.hpp"

namespace agent::net {

class Loops {
 public:
  explicit Loops(std::size_t count);
  // After run() has returned, or was not called: ends what waits on all loops before it destroys any of them,
  // because the end of a coroutine on one may post to another.
  ~Loops() { clear(); }
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  Loop& front() const { return *loops_.front(); }
  std::size_t size() const { return loops_.size(); }
  // The loops, each as a std::unique_ptr<Loop>.
  auto begin() const { return loops_.begin(); }
  auto end() const { return loops_.end(); }

  // Runs the first loop on the calling thread and the others on threads of their own, until all have stopped.
  void run();
  // Stops all of them. Any thread.
  void stop();
  // As the destructor.
  void clear();

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace agent::net
