#include "agent/turns.hpp"

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "tests/support/on_loop.hpp"

using namespace agent;
using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds kLong{10};

// Somebody who takes a turn and keeps it until told.
struct Worker {
  std::optional<Turns::Turn> turn;
  std::string refused;
  Errc code = Errc::busy;
};

Task<> take(Turns* turns, std::chrono::nanoseconds limit, Worker* worker) {
  try {
    worker->turn = co_await turns->take(limit);
  } catch (const Error& error) {
    worker->code = error.code();
    worker->refused = error.what();
  }
}

void start(net::Loop& loop, Turns& turns, Worker& worker, std::chrono::nanoseconds limit = kLong) {
  asio::co_spawn(loop.io(), take(&turns, limit, &worker), asio::detached);
}

// Until everything has run that can.
Task<> settle(net::Loop& loop) {
  for (int i = 0; i < 20; ++i) co_await asio::post(loop.io(), asio::use_awaitable);
}

Task<> wait_in_order(net::Loop& loop) {
  Turns turns(2, 10);
  std::vector<Worker> workers(5);
  for (Worker& worker : workers) start(loop, turns, worker);
  co_await settle(loop);
  CHECK(turns.taken() == 2);
  CHECK(turns.waiting() == 3);
  for (std::size_t next = 2; next < 5; ++next) {
    CHECK_FALSE(workers[next].turn.has_value());
    workers[next - 2].turn.reset();
    co_await settle(loop);
    CHECK(workers[next].turn.has_value());
    CHECK(turns.taken() == 2);
  }
  workers.clear();
  CHECK(turns.taken() == 0);
  CHECK(turns.waiting() == 0);
}

Task<> refuse_the_rest(net::Loop& loop) {
  Turns turns(1, 1);
  std::vector<Worker> workers(3);
  for (Worker& worker : workers) start(loop, turns, worker);
  co_await settle(loop);
  CHECK(workers[0].turn.has_value());
  CHECK(workers[1].refused.empty());
  CHECK(workers[2].refused == "too many wait for their turn");
  workers[0].turn.reset();
  co_await settle(loop);
  CHECK(workers[1].turn.has_value());
}

Task<> give_up(net::Loop& loop) {
  Turns turns(1, 10);
  std::vector<Worker> workers(3);
  start(loop, turns, workers[0]);
  start(loop, turns, workers[2], milliseconds(1));
  co_await settle(loop);
  Worker* second = &workers[1];
  co_await take(&turns, milliseconds(20), second);  // later than the one before
  CHECK(workers[1].refused == "no turn came in time");
  CHECK(workers[2].refused == "no turn came in time");
  CHECK(turns.waiting() == 0);
  CHECK(turns.taken() == 1);
}

Task<> hand_on(net::Loop& loop) {
  Turns turns(1, 10);
  Worker first;
  start(loop, turns, first);
  co_await settle(loop);
  Turns::Turn moved = std::move(*first.turn);
  first.turn.reset();
  CHECK(turns.taken() == 1);
  moved = Turns::Turn();
  CHECK(turns.taken() == 0);
}

Task<> cancel_the_rest(net::Loop& loop) {
  Turns turns(1, 10);
  std::vector<Worker> workers(3);
  start(loop, turns, workers[0]);
  start(loop, turns, workers[1]);
  co_await settle(loop);
  turns.cancel();
  start(loop, turns, workers[2]);
  co_await settle(loop);
  CHECK(workers[0].turn.has_value());
  for (const Worker* late : {&workers[1], &workers[2]}) {
    CHECK_FALSE(late->turn.has_value());
    CHECK(late->code == Errc::cancelled);
  }
  CHECK(turns.waiting() == 0);
}

Task<> change_the_limits(net::Loop& loop) {
  Turns turns;
  std::vector<Worker> workers(6);
  start(loop, turns, workers[0]);
  co_await settle(loop);
  CHECK(workers[0].refused == "too many wait for their turn");
  turns.set_limits(1, 4);
  for (std::size_t i = 1; i < 5; ++i) start(loop, turns, workers[i]);
  co_await settle(loop);
  CHECK(turns.taken() == 1);
  turns.set_limits(3, 1);
  co_await settle(loop);
  CHECK(turns.taken() == 3);
  CHECK(turns.waiting() == 1);
  turns.set_limits(1, 1);
  workers[1].turn.reset();
  workers[2].turn.reset();
  co_await settle(loop);
  CHECK_FALSE(workers[4].turn.has_value());
  workers[3].turn.reset();
  co_await settle(loop);
  CHECK(workers[4].turn.has_value());
  CHECK(turns.taken() == 1);
}

}  // namespace

TEST_CASE("Limits may come later, and change", "[core]") {
  test::on_loop([](net::Loop& loop) { return change_the_limits(loop); });
}

TEST_CASE("After a cancel nobody waits, and nobody gets a turn", "[core]") {
  test::on_loop([](net::Loop& loop) { return cancel_the_rest(loop); });
}

TEST_CASE("Turns are given in the order in which they were asked for", "[core]") {
  test::on_loop([](net::Loop& loop) { return wait_in_order(loop); });
}

TEST_CASE("Whoever would wait behind too many is refused", "[core]") {
  test::on_loop([](net::Loop& loop) { return refuse_the_rest(loop); });
}

TEST_CASE("Whoever waits too long is refused and takes no place", "[core]") {
  test::on_loop([](net::Loop& loop) { return give_up(loop); });
}

TEST_CASE("A turn that is moved is given back once", "[core]") {
  test::on_loop([](net::Loop& loop) { return hand_on(loop); });
}
