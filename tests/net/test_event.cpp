#include "base/event.hpp"

#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "net/spawn.hpp"
#include "tests/support/on_loop.hpp"

using namespace agent;

namespace {

using Clock = Event::Clock;
constexpr Clock::time_point kNever = Clock::time_point::max();

// What became of one who waited.
struct Waiter {
  std::string outcome = "waits";
  asio::cancellation_signal stop;
};

Task<> wait(Event* event, Clock::time_point deadline, Waiter* waiter) {
  try {
    const bool woken = co_await event->wait(deadline);
    waiter->outcome = woken ? "woken" : "late";
  } catch (const Error& error) {
    CHECK(error.code() == Errc::cancelled);
    waiter->outcome = error.what();
  }
}

void start(net::Loop& loop, Event& event, Waiter& waiter, Clock::time_point deadline = kNever) {
  net::spawn(loop, wait(&event, deadline, &waiter), waiter.stop.slot(), [](std::exception_ptr) {});
}

// Waits for the event once it is told to go on, which is no wait that ends early.
Task<> wait_later(net::Loop* loop, const bool* go_on, Event* event, Waiter* waiter) {
  while (!*go_on) co_await asio::post(loop->io(), asio::use_awaitable);
  Task<> step = wait(event, kNever, waiter);
  co_await std::move(step);
}

// Ends the event as soon as it is woken.
Task<> wait_and_end(std::unique_ptr<Event>* event, Waiter* waiter) {
  Task<> step = wait(event->get(), kNever, waiter);
  co_await std::move(step);
  event->reset();
}

Task<> pause_long(Waiter* waiter) {
  try {
    co_await pause(std::chrono::nanoseconds::max());
  } catch (const Error& error) {
    waiter->outcome = error.what();
  }
}

// Until everything has run that can.
Task<> settle(net::Loop& loop) {
  for (int i = 0; i < 20; ++i) co_await asio::post(loop.io(), asio::use_awaitable);
}

std::vector<std::string> outcomes(const std::vector<Waiter>& waiters) {
  std::vector<std::string> all;
  for (const Waiter& waiter : waiters) all.push_back(waiter.outcome);
  return all;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("A wake before the wait is not remembered", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Event event;
    Waiter waiter;
    event.wake();
    CHECK_FALSE(event.wake_one());
    start(loop, event, waiter);
    co_await settle(loop);
    CHECK(waiter.outcome == "waits");
    event.wake();
    co_await settle(loop);
    CHECK(waiter.outcome == "woken");
  });
}

TEST_CASE("A wake ends every wait, wake_one the oldest", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Event event;
    std::vector<Waiter> waiters(3);
    for (Waiter& waiter : waiters) start(loop, event, waiter);
    co_await settle(loop);
    CHECK(event.waiting() == 3);
    CHECK(event.wake_one());
    CHECK(event.waiting() == 2);
    co_await settle(loop);
    const Words after_one{"woken", "waits", "waits"};
    CHECK(outcomes(waiters) == after_one);
    event.wake();
    event.wake();  // two wakes are one
    co_await settle(loop);
    const Words after_all{"woken", "woken", "woken"};
    CHECK(outcomes(waiters) == after_all);
    CHECK(event.waiting() == 0);
  });
}

TEST_CASE("A wait ends at its deadline, also at one that has passed", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Event event;
    Waiter soon;
    Waiter passed;
    start(loop, event, soon, Clock::now() + std::chrono::milliseconds(1));
    start(loop, event, passed, Clock::now() - std::chrono::seconds(1));
    while (soon.outcome == "waits" || passed.outcome == "waits") co_await settle(loop);
    CHECK(soon.outcome == "late");
    CHECK(passed.outcome == "late");
    CHECK(event.waiting() == 0);
  });
}

TEST_CASE("A cancelled coroutine stops waiting, one that was woken before has been woken", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Event event;
    std::vector<Waiter> waiters(3);
    waiters[0].stop.emit(asio::cancellation_type::terminal);  // nobody listens yet
    for (Waiter& waiter : waiters) start(loop, event, waiter);
    co_await settle(loop);
    waiters[0].stop.emit(asio::cancellation_type::terminal);
    CHECK(event.wake_one());  // the first has not yet left: it is woken, for one who hands on
    waiters[1].stop.emit(asio::cancellation_type::terminal);
    co_await settle(loop);
    const Words first{"woken", "cancelled", "waits"};
    CHECK(outcomes(waiters) == first);
    event.wake();
    waiters[2].stop.emit(asio::cancellation_type::terminal);
    co_await settle(loop);
    CHECK(waiters[2].outcome == "woken");
  });
}

TEST_CASE("An Event that ends, ends every wait", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    auto event = std::make_unique<Event>();
    std::vector<Waiter> waiters(2);
    for (Waiter& waiter : waiters) start(loop, *event, waiter);
    co_await settle(loop);
    event.reset();
    co_await settle(loop);
    const Words all{"what was waited for has ended", "what was waited for has ended"};
    CHECK(outcomes(waiters) == all);
  });
}

TEST_CASE("Those who leave a queue leave the others in their order", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Event event;
    std::vector<Waiter> waiters(6);
    for (Waiter& waiter : waiters) start(loop, event, waiter);
    co_await settle(loop);
    const std::vector<std::size_t> leaving{2, 0, 5};  // from the middle, the front and the end
    for (const std::size_t i : leaving) waiters[i].stop.emit(asio::cancellation_type::terminal);
    co_await settle(loop);
    CHECK(event.waiting() == 3);
    const std::vector<std::size_t> others{1, 3, 4};
    for (const std::size_t next : others) {
      CHECK(waiters[next].outcome == "waits");
      CHECK(event.wake_one());
      co_await settle(loop);
      CHECK(waiters[next].outcome == "woken");
    }
    CHECK_FALSE(event.wake_one());
    Waiter last;
    start(loop, event, last);
    co_await settle(loop);
    CHECK(event.waiting() == 1);
    event.wake();
    co_await settle(loop);
    CHECK(last.outcome == "woken");
  });
}

TEST_CASE("A coroutine that is cancelled before it waits does not begin to", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    Event event;
    Waiter waiter;
    bool go_on = false;
    bool ended = false;
    net::spawn(loop, wait_later(&loop, &go_on, &event, &waiter), waiter.stop.slot(),
               [&ended](const std::exception_ptr& thrown) { ended = thrown != nullptr; });
    co_await settle(loop);
    waiter.stop.emit(asio::cancellation_type::terminal);
    go_on = true;
    co_await settle(loop);
    CHECK(ended);
    CHECK(waiter.outcome == "waits");
    CHECK(event.waiting() == 0);
  });
}

TEST_CASE("The first to end a wait decides how it ends", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    auto woken = std::make_unique<Event>();
    auto ended = std::make_unique<Event>();
    Waiter first;
    Waiter second;
    start(loop, *woken, first);
    start(loop, *ended, second);
    co_await settle(loop);
    woken->wake();
    woken.reset();
    ended.reset();
    second.stop.emit(asio::cancellation_type::terminal);
    co_await settle(loop);
    CHECK(first.outcome == "woken");
    CHECK(second.outcome == "what was waited for has ended");
  });
}

TEST_CASE("One who is woken may end the Event for the others", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    auto event = std::make_unique<Event>();
    Waiter first;
    Waiter second;
    net::spawn(loop, wait_and_end(&event, &first), [](std::exception_ptr) {});
    start(loop, *event, second);
    co_await settle(loop);
    CHECK(event->wake_one());
    co_await settle(loop);
    CHECK(first.outcome == "woken");
    CHECK(second.outcome == "what was waited for has ended");
    CHECK(event == nullptr);
  });
}

TEST_CASE("A pause ends by itself, or when its coroutine is cancelled", "[net][event]") {
  test::on_loop([](net::Loop& loop) -> Task<> {
    co_await pause(std::chrono::milliseconds(1));
    co_await pause(std::chrono::seconds(-1));
    Waiter waiter;
    net::spawn(loop, pause_long(&waiter), waiter.stop.slot(), [](std::exception_ptr) {});
    co_await settle(loop);
    CHECK(waiter.outcome == "waits");
    waiter.stop.emit(asio::cancellation_type::terminal);
    co_await settle(loop);
    CHECK(waiter.outcome == "the pause was cancelled");
  });
}

TEST_CASE("A loop that ends while coroutines wait destroys them", "[net][event]") {
  Event event;
  Waiter waiter;
  {
    net::Loop loop;
    start(loop, event, waiter);
    loop.io().poll();
    CHECK(event.waiting() == 1);
  }
  CHECK(event.waiting() == 0);
  CHECK(waiter.outcome == "waits");
  event.wake();
}

TEST_CASE("A loop may end between the end of an Event and that of its waits", "[net][event]") {
  auto event = std::make_unique<Event>();
  Waiter waiter;
  {
    net::Loop loop;
    start(loop, *event, waiter);
    loop.io().poll();
    event.reset();
  }
  CHECK(waiter.outcome == "waits");
}
