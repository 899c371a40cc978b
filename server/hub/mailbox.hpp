// Mailbox: work for one event loop from any thread, many pieces in one post.
//
// A loop that is busy with a thousand messages is woken once, not a thousand times. Thread-safe and
// without locks. Must outlive everyone who may still post; the loop may end before it.
#pragma once

#include <atomic>
#include <type_traits>
#include <utility>

#include "net/loop.hpp"

namespace server {

class Mailbox {
 public:
  explicit Mailbox(agent::net::Loop& loop) : loop_(loop) {}
  ~Mailbox();  // what is still inside is dropped unrun
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  agent::net::Loop& loop() const { return loop_; }
  // The calling thread is the loop's.
  bool is_here() const { return loop_.io().get_executor().running_in_this_thread(); }

  // The loop has stopped for good: work is dropped from now on, and the loop is not touched again.
  // While no other thread posts.
  void shut() { shut_ = true; }

  // Calls `work` on the loop: at once when the caller is there already, otherwise soon. What one thread
  // posts keeps its order. `work` must not throw.
  template <class Work>
  void run(Work&& work) {
    if (shut_) return;
    if (is_here()) {
      work();
    } else {
      push(new Piece<std::decay_t<Work>>(std::forward<Work>(work)));
    }
  }

 private:
  struct Item {
    virtual ~Item() = default;
    virtual void run() = 0;
    Item* next = nullptr;
  };

  template <class Work>
  struct Piece final : Item {
    explicit Piece(Work&& what) : work(std::move(what)) {}
    explicit Piece(const Work& what) : work(what) {}
    void run() override { work(); }
    Work work;
  };

  void push(Item* item);
  void drain();
  static Item* reversed(Item* newest);

  agent::net::Loop& loop_;
  std::atomic<Item*> newest_{nullptr};  // not empty: a drain() is on its way
  bool shut_ = false;
};

}  // namespace server
