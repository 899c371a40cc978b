#include "hub/refusal_log.hpp"

#include <catch2/catch.hpp>

using namespace server;
using namespace std::chrono_literals;

namespace {

const RefusalLog::Clock::time_point kStart = RefusalLog::Clock::time_point(1000s);

}  // namespace

TEST_CASE("Twenty clones of one id log one line a minute, which counts the others", "[server]") {
  RefusalLog log;
  std::size_t lines = 0;
  std::uint64_t counted = 0;
  std::uint64_t refusals = 0;
  for (auto now = kStart; now < kStart + 10min; now += 125ms) {  // each comes again after 2.5 s
    const auto line = log.note("site", "twin", now).of_id;
    ++refusals;
    if (!line) continue;
    ++lines;
    counted += 1 + *line;
  }
  CHECK(lines == 10);
  CHECK(refusals - counted < 480);  // but for those of the last minute
}

TEST_CASE("Refusals of different ids are logged apart", "[server]") {
  RefusalLog log;
  CHECK(log.note("", "a", kStart).of_id == 0);
  CHECK(log.note("", "b", kStart + 1s).of_id == 0);
  CHECK(!log.note("", "a", kStart + 59s).of_id);
  CHECK(log.note("", "a", kStart + 60s).of_id == 1);
}

TEST_CASE("Whoever tries ids without end has a hundred lines a minute and one that counts", "[server]") {
  RefusalLog log;
  std::size_t lines = 0;
  std::uint64_t counted = 0;
  constexpr int kTries = 60'000;
  for (int i = 0; i < kTries; ++i) {
    const auto now = kStart + std::chrono::milliseconds(i * 10);  // ten minutes
    const RefusalLog::Lines said = log.note("thief", "id-" + std::to_string(i), now);
    lines += said.of_id ? 1 : 0;
    lines += said.of_others > 0 ? 1 : 0;
    counted += said.of_others + (said.of_id ? 1 : 0);
  }
  CHECK(lines <= 10 * (kRefusalIds + 1) + 1);
  CHECK(counted > kTries - 6000);                               // but for those of the last minute
  CHECK(log.note("other", "id-1", kStart + 10min).of_id == 0);  // and hides nobody else
}
