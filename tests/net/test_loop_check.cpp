#include "net/loop_check.hpp"

#include <catch2/catch.hpp>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "net/loop.hpp"
#include "tests/support/patience.hpp"

using namespace agent;
using namespace std::chrono_literals;

namespace {

// Loops with threads of their own, and how often all of them ran.
class Loops {
 public:
  explicit Loops(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<net::Loop>());
    std::vector<net::Loop*> pointers;
    for (auto& loop : loops_) pointers.push_back(loop.get());
    check_ = std::make_unique<net::LoopCheck>(pointers, 1ms, [this] {
      const std::lock_guard lock(mutex_);
      ++rounds_;
      changed_.notify_all();
    });
    for (auto& loop : loops_) threads_.emplace_back([&loop] { loop->run(); });
  }
  ~Loops() {
    for (auto& loop : loops_) loop->stop();
    for (std::thread& thread : threads_) thread.join();
    check_.reset();
  }
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  net::Loop& at(std::size_t i) { return *loops_[i]; }
  bool reach_more_rounds(std::size_t more) {
    std::unique_lock lock(mutex_);
    const std::size_t wanted = rounds_ + more;
    return changed_.wait_for(lock, test::kPatience, [&] { return rounds_ >= wanted; });
  }
  std::size_t rounds() {
    const std::lock_guard lock(mutex_);
    return rounds_;
  }

 private:
  std::vector<std::unique_ptr<net::Loop>> loops_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t rounds_ = 0;
  std::unique_ptr<net::LoopCheck> check_;
  std::vector<std::thread> threads_;
};

// Holds up a loop until it is let go.
class Hang {
 public:
  explicit Hang(net::Loop& loop) {
    auto hangs = std::make_shared<std::promise<void>>();
    loop.post([hangs, over = over_.get_future()] {
      hangs->set_value();
      over.wait();
    });
    hangs->get_future().wait();
  }
  ~Hang() { over_.set_value(); }
  Hang(const Hang&) = delete;
  Hang& operator=(const Hang&) = delete;

 private:
  std::promise<void> over_;
};

}  // namespace

TEST_CASE("Loops that run are found to run, again and again", "[net][loop_check]") {
  const std::size_t count = GENERATE(1u, 3u);
  Loops loops(count);
  CHECK(loops.reach_more_rounds(5));
}

TEST_CASE("One loop that hangs ends the calls until it goes on", "[net][loop_check]") {
  Loops loops(3);
  REQUIRE(loops.reach_more_rounds(1));
  std::size_t before = 0;
  {
    const Hang hang(loops.at(1));
    before = loops.rounds();
    // The first loop sees 20 intervals meanwhile; at most one call was under way.
    auto ticks = std::make_shared<int>(0);
    std::mutex mutex;
    std::condition_variable changed;
    bool over = false;
    auto ticker = std::make_unique<net::Ticker>(loops.at(0), 1ms, [&, ticks] {
      const std::lock_guard lock(mutex);
      if (++*ticks < 20) return;
      over = true;
      changed.notify_all();
    });
    loops.at(0).post([&ticker] { ticker->start(); });
    {
      std::unique_lock lock(mutex);
      REQUIRE(changed.wait_for(lock, test::kPatience, [&] { return over; }));
    }
    CHECK(loops.rounds() <= before + 1);
    auto ended = std::make_shared<std::promise<void>>();
    loops.at(0).post([&ticker, ended] {  // on its own thread, where a tick may still be on its way
      ticker.reset();
      ended->set_value();
    });
    ended->get_future().wait();
  }
  CHECK(loops.reach_more_rounds(2));
}

TEST_CASE("The first loop, too, ends the calls when it hangs", "[net][loop_check]") {
  Loops loops(2);
  REQUIRE(loops.reach_more_rounds(1));
  {
    const Hang hang(loops.at(0));
    const std::size_t before = loops.rounds();
    for (int i = 0; i < 20; ++i) {
      auto done = std::make_shared<std::promise<void>>();  // the second loop goes on
      loops.at(1).post([done] { done->set_value(); });
      done->get_future().wait();
    }
    CHECK(loops.rounds() <= before + 1);
  }
  CHECK(loops.reach_more_rounds(2));
}
