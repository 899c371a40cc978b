#include "hub/shard.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

using namespace server;

TEST_CASE("A mailbox runs the work of many threads, each thread's in its order", "[server]") {
  constexpr int kThreads = 3;
  constexpr int kWork = 20'000;
  agent::net::Loop loop;
  Mailbox mailbox(loop);
  std::vector<int> next(kThreads, 0);
  int done = 0;
  bool in_order = true;
  auto produce = [&](int thread) {
    for (int i = 0; i < kWork; ++i) {
      mailbox.run([&, thread, i] {
        in_order = in_order && next[static_cast<std::size_t>(thread)]++ == i;
        if (++done == kThreads * kWork) loop.stop();
      });
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(produce, i);
  loop.run();
  for (auto& thread : threads) thread.join();
  CHECK(done == kThreads * kWork);
  CHECK(in_order);
}

TEST_CASE("Work that never ran is dropped with its mailbox", "[server]") {
  auto held = std::make_shared<int>(0);
  {
    agent::net::Loop loop;
    Mailbox mailbox(loop);
    mailbox.run([held] {});
    mailbox.run([held] {});
    CHECK(held.use_count() == 3);
  }
  CHECK(held.use_count() == 1);
}
