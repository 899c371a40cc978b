// Loop: one event loop, run by one thread, and what its connections share.
//
// All members but post() belong to the loop's thread.
#pragma once

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "agent/clock.hpp"
#include "base/timer.hpp"
#include "net/busy_watch.hpp"

namespace agent::net {

using agent::Clock;

// One read takes at most this much: large enough for a high rate, and there is one buffer per loop.
inline constexpr std::size_t kReadBufferSize = 64 * 1024;
// How often deadlines are looked at, at most.
inline constexpr std::chrono::milliseconds kTick{1000};

// Expiring: something with a deadline that the loop watches, so that a connection needs no timer. An idle
// loop wakes only for the earliest deadline: Loop::note() for one that is set while the object is watched.
class Expiring {
 public:
  virtual void expire() = 0;
  Clock::time_point deadline = Clock::time_point::max();

 protected:
  ~Expiring() = default;
};

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  asio::io_context& io() { return io_; }

  // Runs until stop(). The calling thread becomes the loop's thread.
  void run();
  void stop() { io_.stop(); }
  // Once its thread has ended: destroys, unrun, what waits on it: handlers, and coroutines with all that is
  // theirs. What is posted from then on is destroyed with the loop. See Loops.
  void end() { io_.end(); }

  // Calls `work` on the loop's thread. Any thread. What one thread posts is called in its order; what the
  // loop's own posts may come behind what another thread posts later.
  template <class Work>
  void post(Work&& work) {
    asio::post(io_, std::forward<Work>(work));
  }

  // From now on `report` is told of work that holds up the loop for `limit` or longer. Before the loop runs.
  void watch_busy(Clock::duration limit, BusyWatch::Report report);
  // Work of this name begins, for watch_busy(); nothing to anybody else.
  void begin(std::string_view what, std::string_view who) {
    if (busy_) busy_->begin(what, who);
  }

  // Shared by all connections of the loop: its content must be used up before the next wait.
  std::span<char> read_buffer() { return {buffer_.get(), kReadBufferSize}; }

  // Calls expire() within a tick after `deadline` has passed, on the loop; the deadline is then max().
  // remove() before the object ends.
  void watch(Expiring& object);
  void remove(Expiring& object);
  // The deadline of a watched object is now this one.
  void note(Clock::time_point deadline);
  // When deadlines are looked at next; max(): not before there is one.
  Clock::time_point next_look() const { return next_look_; }

 private:
  // A context whose work can be ended before it.
  struct Context : asio::io_context {
    using io_context::io_context;
    void end() { shutdown(); }
  };

  void look();
  void look_at(Clock::time_point time);
  Clock::time_point expire_overdue(Clock::time_point now);

  std::unique_ptr<char[]> buffer_;
  std::unordered_set<Expiring*> watched_;
  Context io_{1};  // ends before what its handlers still use
  QuietTimer timer_{io_};
  std::unique_ptr<BusyWatch> busy_;
  Clock::time_point last_look_ = Clock::time_point::min();
  Clock::time_point next_look_ = Clock::time_point::max();
};

}  // namespace agent::net
