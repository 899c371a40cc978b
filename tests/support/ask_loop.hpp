// ask_loop: what belongs to a loop, asked by a test's thread while the loop runs.
#pragma once

#include <future>
#include <utility>

#include "net/loop.hpp"

namespace test {

// Calls `work` on the loop, whose thread must be another one. Returns, or throws, what `work` does.
template <class Work>
auto ask_loop(agent::net::Loop& loop, Work work) {
  std::packaged_task<decltype(work())()> task(std::move(work));
  auto result = task.get_future();
  loop.post([&task] { task(); });
  return result.get();
}

}  // namespace test
