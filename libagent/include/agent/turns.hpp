// Turns: lets at most so many work at once; the others wait in their order, and not too many of them.
//
//   agent::Turns turns(64, 1000);                       // 64 at work, 1000 waiting
//   agent::Turns::Turn turn = co_await turns.take(limit);
//
// Limits that are settings are known later: `agent::Turns turns;`, and set_limits() in Agent::on_start.
//
// Belongs to the loop whose coroutines take turns. May end before those who wait: they wait on, to their
// limit.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

#include "agent/task.hpp"

namespace agent {

namespace core {
struct TurnTable;
}  // namespace core

class Turns {
 public:
  // A turn, given back when it ends. Moved, not copied; without a turn after that, and by default.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&&) = default;
    Turn& operator=(Turn&& other) noexcept {
      std::swap(table_, other.table_);
      return *this;
    }
    ~Turn();

   private:
    friend class Turns;
    explicit Turn(std::shared_ptr<core::TurnTable> table) : table_(std::move(table)) {}
    std::shared_ptr<core::TurnTable> table_;
  };

  // No turn at all, until set_limits().
  Turns() : Turns(0, 0) {}
  // `at_once` work at a time, `waiting` more may wait for their turn.
  Turns(std::size_t at_once, std::size_t waiting);

  // At any time. With more turns the next ones who wait go on. With fewer nobody loses one: those that are
  // given back are not given on until they fit.
  void set_limits(std::size_t at_once, std::size_t waiting);

  // The next turn, at once if there is one. Throws Errc::busy when too many wait already, and after
  // `limit`; Errc::cancelled after cancel().
  Task<Turn> take(std::chrono::nanoseconds limit) { return take_from(table_, limit); }

  // There are no more turns: those who wait go on with Errc::cancelled, and so does whoever comes later.
  // Turns that are taken last until they are given back.
  void cancel();

  std::size_t taken() const;    // at work
  std::size_t waiting() const;  // for a turn

 private:
  static Task<Turn> take_from(std::shared_ptr<core::TurnTable> table, std::chrono::nanoseconds limit);

  std::shared_ptr<core::TurnTable> table_;
};

}  // namespace agent
