#include "examples/logkit-agent/read/read_pace.hpp"

#include <catch2/catch.hpp>

using namespace logkit;
using namespace std::chrono_literals;

TEST_CASE("A limit of 10 MB a second makes 300 MB last half a minute", "[examples]") {
  ReadPace pace({10'000'000, {}});
  const ReadPace::Time begin{1h};
  ReadPace::Time now = begin;
  for (std::uint64_t left = 300'000'000; left > 0;) {
    const auto wait = pace.wait(now, 0);
    now += wait;
    if (wait.count() > 0) continue;
    const std::uint64_t block = std::min<std::uint64_t>(left, 256 * 1024);
    pace.took(block);
    left -= block;
  }
  CHECK(now - begin > 29s);
  CHECK(now - begin < 31s);
}

TEST_CASE("A limit does not save up what was not read", "[examples]") {
  ReadPace pace({1000, {}});
  CHECK(pace.wait(ReadPace::Time{1h}, 0) == 0ns);
  CHECK(pace.wait(ReadPace::Time{2h}, 0) == 0ns);
  pace.took(1100);
  CHECK(pace.wait(ReadPace::Time{2h}, 0) >= 1s);
}

TEST_CASE("Windows of the day are read as they are written", "[examples]") {
  const auto window = [](const char* text) {
    const auto found = parse_day_window(text);
    return found ? std::pair(found->begin, found->end) : std::pair(-1, -1);
  };
  CHECK(window("02:30-18:00") == std::pair(150, 1080));
  CHECK(window("-") == std::pair(0, 0));
  CHECK(window("12:00") == std::pair(720, 0));
  CHECK(window("12:00-") == std::pair(720, 0));
  CHECK(window("-12:00") == std::pair(0, 720));
  CHECK(window("12:00-12:1") == std::pair(720, 721));
  CHECK(window("02:30-24:02") == std::pair(150, 2));
  CHECK(window("12-11") == std::pair(720, 660));
  for (const char* text : {"", "x", "25:00-", "1:60", "1:2:3", "100-", "12:00-x", "1 -2"})
    CHECK(window(text).first == -1);
}

TEST_CASE("Nothing is read outside of the window of the day", "[examples]") {
  const auto waits = [](const char* text, int minute) {
    ReadPace pace({0, parse_day_window(text).value()});
    return pace.wait(ReadPace::Time{1h}, minute).count() > 0;
  };
  CHECK_FALSE(waits("01:00-02:00", 61));
  CHECK(waits("01:00-02:00", 120));
  CHECK(waits("12:00-", 61));
  CHECK_FALSE(waits("-12:00", 61));
  CHECK_FALSE(waits("12-11", 61));
  CHECK(waits("12-11", 660));
  CHECK_FALSE(waits("-", 61));
}
