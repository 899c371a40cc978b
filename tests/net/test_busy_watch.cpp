#include "net/busy_watch.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>
#include <vector>

using namespace agent;
using namespace std::chrono_literals;
using net::BusyWatch;

namespace {

struct Watched {
  explicit Watched(Clock::duration the_limit) : limit(the_limit) {}

  void work_too_long() const {
    for (const auto end = Clock::now() + limit; Clock::now() < end;) {
    }
  }

  const Clock::duration limit;
  asio::io_context io{1};
  std::vector<std::string> told;
  std::vector<Clock::duration> times;
  BusyWatch watch{io, limit, [this](std::string_view work, Clock::duration time) {
                    told.emplace_back(work);
                    times.push_back(time);
                  }};
};

}  // namespace

TEST_CASE("Work that holds up its loop is told with its time when the next work begins", "[net]") {
  Watched loop(20ms);
  loop.watch.begin("GET", "/slow");
  loop.work_too_long();
  loop.watch.begin("agent", "a-1");
  REQUIRE(loop.told == std::vector<std::string>{"GET /slow"});
  CHECK(loop.times.front() >= 20ms);
}

TEST_CASE("Work that holds up its loop is told although nothing follows", "[net]") {
  Watched loop(20ms);
  loop.watch.begin("GET", "/slow");
  loop.work_too_long();
  loop.io.run();  // until nothing is watched any more
  REQUIRE(!loop.told.empty());
  CHECK(loop.told.front() == "GET /slow");
}

TEST_CASE("A loop that has nothing to do is neither told nor woken", "[net]") {
  Watched loop(2s);
  loop.watch.begin("GET", "/quick");
  loop.io.run();  // comes back: the watch has gone to sleep
  loop.io.restart();
  loop.watch.begin("GET", "/quick");
  CHECK(loop.told.empty());
}
