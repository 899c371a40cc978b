#include "examples/logkit-agent/read/cron_times.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>
#include <string>

using namespace logkit;

namespace {

std::int64_t at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0, int second = 0) {
  using namespace std::chrono;
  const sys_days date = std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day);
  return date.time_since_epoch() / seconds(1) + hour * 3600 + minute * 60 + second;
}

int utc(std::int64_t) { return 0; }
int east(std::int64_t) { return 480; }
// One hour is left out on 29 March 2026 at 1:00 UTC, and comes twice on 25 October.
int with_summer(std::int64_t time) {
  return time >= at(2026, 3, 29, 1) && time < at(2026, 10, 25, 1) ? 120 : 60;
}

std::int64_t next(const std::string& text, std::int64_t now, CronTimes::ZoneOffset offset = utc) {
  return CronTimes(text).next(now, offset).value_or(-1);
}

std::string why(const std::string& text) {
  try {
    CronTimes times(text);
  } catch (const agent::Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("A cron expression means the next moment that its fields have", "[examples]") {
  const std::int64_t now = at(2026, 1, 1, 12, 30, 15);  // a Thursday
  CHECK(next("* * * * *", now) == at(2026, 1, 1, 12, 31));
  CHECK(next("*/10 * * * * *", now) == at(2026, 1, 1, 12, 30, 20));
  CHECK(next("30 30 12 * * *", now) == at(2026, 1, 1, 12, 30, 30));
  CHECK(next("15 30 12 * * *", now) == at(2026, 1, 2, 12, 30, 15));
  CHECK(next("30 4 * * *", now) == at(2026, 1, 2, 4, 30));
  CHECK(next("0 0 * * 1-5", at(2026, 1, 2, 1)) == at(2026, 1, 5));
  CHECK(next("0 0 * * 7", now) == at(2026, 1, 4));
  CHECK(next("0 0 31 * *", at(2026, 2, 1)) == at(2026, 3, 31));
  CHECK(next("0 0 29 2 *", now) == at(2028, 2, 29));
  CHECK(next("0,30 8-10/2 ? * *", now) == at(2026, 1, 2, 8));
  CHECK(next("@monthly", now) == at(2026, 2, 1));
  CHECK(next("0 0 30 2 *", now) == -1);
}

TEST_CASE("One of the two days is enough when both are limited", "[examples]") {
  CHECK(next("0 0 13 * 5", at(2026, 1, 1)) == at(2026, 1, 2));
  CHECK(next("0 0 13 * 5", at(2026, 1, 9, 1)) == at(2026, 1, 13));
}

TEST_CASE("The fields are of local time", "[examples]") {
  CHECK(next("0 4 * * *", at(2026, 1, 1, 21), east) == at(2026, 1, 2, 20));
  CHECK(next("0 4 * * *", at(2026, 1, 1, 19), east) == at(2026, 1, 1, 20));
  CHECK(next("30 3 * * *", at(2026, 3, 28, 12), with_summer) == at(2026, 3, 29, 1, 30));
  CHECK(next("30 0 * * *", at(2026, 3, 28, 12), with_summer) == at(2026, 3, 28, 23, 30));
  CHECK(next("30 0 * * *", at(2026, 10, 25, 12), with_summer) == at(2026, 10, 25, 23, 30));
}

TEST_CASE("A pause counts from the end of the last run", "[examples]") {
  CHECK(CronTimes("loop 30s").pause() == std::chrono::seconds(30));
  CHECK(CronTimes("loop30s").pause() == std::chrono::seconds(30));
  CHECK(CronTimes("loop").pause() == std::chrono::seconds(10));
  CHECK(CronTimes("@every 1h30m").pause() == std::chrono::minutes(90));
  CHECK(next("loop 30s", 1000) == 1030);
  CHECK_FALSE(CronTimes("@hourly").pause());
}

TEST_CASE("What is no time of a script is refused with the reason", "[examples]") {
  const auto has = [](const std::string& text, const char* part) {
    return why(text).find(part) != std::string::npos;
  };
  CHECK(has("", "has five fields, or six with seconds"));
  CHECK(has("* * * *", "has five fields"));
  CHECK(has("60 * * * *", "'60' is not within the minutes from 0 to 59"));
  CHECK(has("* * 0 * *", "not within the days from 1 to 31"));
  CHECK(has("* * * JAN *", "'JAN' is no number of months"));
  CHECK(has("*/0 * * * *", "not within the minutes"));
  CHECK(has("5-3 * * * *", "not within the minutes"));
  CHECK(has("1,,2 * * * *", "'' is no number of minutes"));
  CHECK(has("loop 10ms", "a second between them"));
  CHECK(has("loop often", "often"));
}
