#include "net/message_budget.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/deflate.hpp"
#include "net/message_time.hpp"

using namespace agent::net;
using namespace std::chrono_literals;

namespace {

// Shares of one budget, each with a name; who had to go stands in `gone`.
struct Table {
  explicit Table(std::size_t limit, std::size_t max_message = 0) : budget(limit, max_message) {}

  std::unique_ptr<MessageBudget::Share> share(std::string name) {
    return std::make_unique<MessageBudget::Share>(budget, [this, name] { gone.push_back(name); });
  }

  MessageBudget budget;
  std::vector<std::string> gone;
};

constexpr std::size_t kLimit = 100 * 1024;  // above the least that a budget has

}  // namespace

TEST_CASE("Unfinished messages within the budget are left alone, and what ends is given back", "[net]") {
  Table table(kLimit);
  auto a = table.share("a");
  auto b = table.share("b");
  CHECK(a->hold(60 * 1024));
  CHECK(b->hold(40 * 1024));
  CHECK(table.budget.held() == kLimit);
  CHECK(a->hold(10));
  CHECK(table.budget.held() == 10 + 40 * 1024);
  b.reset();
  CHECK(table.budget.held() == 10);
  a.reset();
  CHECK(table.budget.held() == 0);
  CHECK(table.gone.empty());
}

TEST_CASE("The message that holds most has to go, whoever asks for more", "[net]") {
  Table table(kLimit);
  auto large = table.share("large");
  auto small = table.share("small");
  auto other = table.share("other");
  CHECK(large->hold(90 * 1024));
  CHECK(other->hold(9 * 1024));
  CHECK(small->hold(2 * 1024));
  CHECK(table.gone == std::vector<std::string>{"large"});
  CHECK(large->must_go());
  CHECK_FALSE(small->must_go());
  CHECK(table.budget.held() == 11 * 1024);  // it counts no more though it is not closed yet
  CHECK_FALSE(large->hold(91 * 1024));
  CHECK(table.budget.held() == 11 * 1024);
  CHECK_FALSE(small->hold(92 * 1024));  // now the largest itself
  CHECK(table.gone.size() == 1);
  CHECK(table.budget.held() == 9 * 1024);
}

TEST_CASE("The budget drops as many messages as it takes", "[net]") {
  Table table(kLimit);
  std::vector<std::unique_ptr<MessageBudget::Share>> shares;
  for (int i = 0; i < 10; ++i) {
    shares.push_back(table.share(std::to_string(i)));
    CHECK(shares.back()->hold((10 + static_cast<std::size_t>(i) / 8) * 1024 - 200));
  }
  auto late = table.share("late");
  CHECK(late->hold(11 * 1024 - 300));
  CHECK(table.gone == std::vector<std::string>{"8"});
  shares[2].reset();  // positions move
  CHECK(late->hold(10 * 1024));
  CHECK_FALSE(late->hold(95 * 1024));
  CHECK(table.gone.size() == 1);
}

TEST_CASE("A budget has room for one message of the largest size, compressed", "[net]") {
  Table table(1, 1'000'000);
  auto one = table.share("one");
  CHECK(one->hold(1'000'000 + kInflateMemory));
  CHECK_FALSE(one->hold(1'000'000 + kInflateMemory + 1));
}

TEST_CASE("Loops share a budget", "[net]") {
  MessageBudget budget(kLimit);
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&budget, t] {
      for (std::size_t i = 0; i < 1000; ++i) {
        MessageBudget::Share share(budget, [] {});
        for (std::size_t size = 1; size < 64 * 1024 && share.hold(size + t); size *= 2) {
        }
      }
    });
  }
  threads.clear();
  CHECK(budget.held() == 0);
}

TEST_CASE("A message has its time, and a second for each 16 KiB that came", "[net]") {
  const Clock::time_point start{};
  MessageTime time(60s);
  CHECK(time.wait(start, 0) == start + 60s);
  time.stop(start + 10s);
  CHECK(time.wait(start + 10s, 16 * 1024) == start + 61s);
  time.stop(start + 20s);
  CHECK(time.wait(start + 20s, 16 * 1024 * 1024) == start + 60s + 1024s);
  time.stop(start + 21s);
  CHECK(time.wait(start + 21s, 8 * 1024) == start + 60s + 500ms);
}

TEST_CASE("Time in which we do not read does not count", "[net]") {
  const Clock::time_point start{};
  MessageTime time(60s);
  time.wait(start, 100);
  time.stop(start + 59s);
  CHECK(time.wait(start + 1000s, 100) == start + 1001s + 6ms);  // 100 bytes are 6 ms
  time.stop(start + 1000s);
  CHECK(time.wait(start + 2000s, 100) == start + 2001s + 6ms);
}

TEST_CASE("A trickle earns no time", "[net]") {
  Clock::time_point now{};
  MessageTime time(60s);
  std::size_t received = 0;
  while (time.wait(now, received) > now + 1s) {  // a KiB a second, and pings between: 1/16 of a second each
    time.stop(now += 1s);
    received += 1024;
  }
  CHECK(now - Clock::time_point{} < 65s);
}
