#include "net/loops.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <catch2/catch.hpp>
#include <memory>

#include "base/event.hpp"

using namespace agent;
using net::Loop;
using net::Loops;

namespace {

// Posts to another loop when it ends, with something that does so again.
struct LastWords {
  LastWords(Loop& the_other, Loop& the_next, int* the_count)
      : other(the_other), next(the_next), count(the_count) {}
  ~LastWords() {
    ++*count;
    other.post([words = std::make_shared<Answer>(next, count)] {});
  }
  struct Answer {
    Answer(Loop& the_loop, int* the_count) : loop(the_loop), count(the_count) {}
    ~Answer() {
      ++*count;
      loop.post([] {});
    }
    Loop& loop;
    int* count;
  };
  Loop& other;
  Loop& next;
  int* count;
};

Task<> wait_for_ever(Loop* other, Loop* next, int* count) {
  const LastWords words(*other, *next, count);
  Event never;
  co_await never.wait();
}

}  // namespace

TEST_CASE("What ends with a loop may post to any other, whichever ends first", "[net][loop]") {
  int count = 0;
  {
    Loops loops(3);
    auto loop = [&loops](int i) { return loops.begin()[i].get(); };
    for (int i = 0; i < 3; ++i) {
      asio::co_spawn(loop(i)->io(), wait_for_ever(loop((i + 1) % 3), loop((i + 2) % 3), &count),
                     asio::detached);
      loop(i)->io().poll();  // up to the wait
    }
    CHECK(count == 0);
  }
  CHECK(count == 6);
}

TEST_CASE("Loops run until all have stopped", "[net][loop]") {
  Loops loops(3);
  std::atomic<int> ran{0};
  for (const auto& loop : loops) {
    loop->post([&] {
      if (++ran == 3) loops.stop();
    });
  }
  loops.run();
  CHECK(ran == 3);
}
