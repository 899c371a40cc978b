#include "agent/turns.hpp"

#include "agent/error.hpp"
#include "base/event.hpp"

namespace agent {
namespace {

constexpr const char* kNoMoreTurns = "there are no more turns";

}  // namespace

namespace core {

struct TurnTable {
  // Whoever is woken has the turn already, so that nobody who comes later is faster.
  void give_back() {
    --taken;
    give();
  }
  void give() {
    while (taken < at_once && given_back.wake_one()) ++taken;
  }

  std::size_t at_once;
  std::size_t places;  // to wait
  std::size_t taken = 0;
  Event given_back{};
  bool cancelled = false;
};

}  // namespace core

Turns::Turns(std::size_t at_once, std::size_t waiting) : table_(new core::TurnTable{at_once, waiting}) {}

Turns::Turn::~Turn() {
  if (table_) table_->give_back();
}

void Turns::set_limits(std::size_t at_once, std::size_t waiting) {
  table_->at_once = at_once;
  table_->places = waiting;
  table_->give();
}

void Turns::cancel() {
  table_->cancelled = true;
  table_->given_back.wake();
}

std::size_t Turns::taken() const { return table_->taken; }
std::size_t Turns::waiting() const { return table_->given_back.waiting(); }

Task<Turns::Turn> Turns::take_from(std::shared_ptr<core::TurnTable> table, std::chrono::nanoseconds limit) {
  if (table->cancelled) throw Error(Errc::cancelled, kNoMoreTurns);
  if (table->taken < table->at_once) {
    ++table->taken;
    co_return Turn(table);
  }
  if (table->given_back.waiting() >= table->places) throw Error(Errc::busy, "too many wait for their turn");
  const bool has_turn = co_await table->given_back.wait(Event::Clock::now() + limit);
  if (table->cancelled) throw Error(Errc::cancelled, kNoMoreTurns);
  if (!has_turn) throw Error(Errc::busy, "no turn came in time");
  co_return Turn(table);
}

}  // namespace agent
