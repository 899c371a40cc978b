#include "agent/turns.hpp"

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <list>

#include "agent/error.hpp"

namespace agent {
namespace core {

struct TurnTable {
  struct Waiter {
    asio::steady_timer* timer;
    bool* called;
  };

  // Whoever is called has the turn already, so that nobody who comes later is faster.
  void give_back() {
    if (waiters.empty()) {
      --taken;
      return;
    }
    *waiters.front().called = true;
    waiters.front().timer->cancel();
    waiters.pop_front();
  }

  std::size_t at_once;
  std::size_t places;  // to wait
  std::size_t taken = 0;
  std::list<Waiter> waiters{};
};

namespace {

// A place among those who wait, until it is called.
class Place {
 public:
  Place(TurnTable& table, asio::steady_timer& timer) : table_(table) {
    place_ = table_.waiters.insert(table_.waiters.end(), {&timer, &called_});
  }
  ~Place() {
    if (!called_) table_.waiters.erase(place_);
    if (called_ && !accepted_) table_.give_back();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  bool accept() { return accepted_ = called_; }

 private:
  TurnTable& table_;
  std::list<TurnTable::Waiter>::iterator place_;
  bool called_ = false;
  bool accepted_ = false;
};

}  // namespace
}  // namespace core

Turns::Turns(std::size_t at_once, std::size_t waiting)
    : table_(std::make_shared<core::TurnTable>(core::TurnTable{at_once, waiting})) {}

Turns::Turn::~Turn() {
  if (table_) table_->give_back();
}

std::size_t Turns::taken() const { return table_->taken; }
std::size_t Turns::waiting() const { return table_->waiters.size(); }

Task<Turns::Turn> Turns::take_from(std::shared_ptr<core::TurnTable> table, std::chrono::nanoseconds limit) {
  if (table->taken < table->at_once) {
    ++table->taken;
    co_return Turn(table);
  }
  if (table->waiters.size() >= table->places) throw Error(Errc::busy, "too many wait for their turn");
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  core::Place place(*table, timer);
  asio::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
  if (!place.accept()) throw Error(Errc::busy, "no turn came in time");
  co_return Turn(table);
}

}  // namespace agent
