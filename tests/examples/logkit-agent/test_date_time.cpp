#include "examples/logkit-agent/parse/date_time.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>

using namespace logkit;

namespace {

std::int64_t at(const char* text) { return parse_any_date(text, {0, 0}).value().seconds; }

std::string parsed(const char* text, DateRules rules = {0, 0}) {
  const auto date = parse_any_date(text, rules);
  return date ? to_rfc3339(*date) : "none";
}

// The host's zone for a while.
struct HostZone {
  explicit HostZone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~HostZone() {
    ::unsetenv("TZ");
    ::tzset();
  }
};

}  // namespace

TEST_CASE("Dates are read in every layout that logs have", "[examples]") {
  CHECK(parsed("2026-03-01T00:30:00.25+08:00") == "2026-03-01T00:30:00.25+08:00");
  CHECK(parsed("2026-03-01T00:30:00Z") == "2026-03-01T00:30:00Z");
  CHECK(parsed("02/Jan/2006:15:04:05 -0700") == "2006-01-02T15:04:05-07:00");
  CHECK(parsed("2006/01/02 15:04:05") == "2006-01-02T15:04:05Z");
  CHECK(parsed("20060102T150405-07") == "2006-01-02T15:04:05-07:00");
  CHECK(parsed("2006-01-02 15:04:05 -0700 MST") == "2006-01-02T15:04:05-07:00");
  CHECK(parsed("2006-01-02 15:04:05,123") == "2006-01-02T15:04:05.123Z");
  CHECK(parsed("2006-01-02") == "2006-01-02T00:00:00Z");
  CHECK(parsed("02/01/2006--15:04:05") == "2006-01-02T15:04:05Z");
  CHECK(parsed("02 Jan 06 15:04 MST") == "2006-01-02T15:04:00Z");
  CHECK(parsed("Mon Jan  2 15:04:05 2006") == "2006-01-02T15:04:05Z");
  CHECK(parsed("Monday, 02-Jan-06 15:04:05 MST") == "2006-01-02T15:04:05Z");
  CHECK(parsed("Mon, 02 Jan 2006 15:04:05 +0100") == "2006-01-02T15:04:05+01:00");
  CHECK(parsed("Jan  2 15:04:05.000001", {0, at("2006-05-01")}) == "2006-01-02T15:04:05.000001Z");
  CHECK(parsed("3:04PM", {0, at("2006-01-02")}) == "2006-01-02T15:04:00Z");
}

TEST_CASE("What is no date is none", "[examples]") {
  for (const char* text :
       {"", "yesterday", "2006-02-30", "2006-13-01", "2006-01-02x", "2006-01-02T25:00:00Z", "99"})
    CHECK(parsed(text) == "none");
  CHECK(parsed("0000-01-01T00:00:00Z") == "0000-01-01T00:00:00Z");
  CHECK(parsed("9999-12-31T23:59:59Z") == "9999-12-31T23:59:59Z");
  CHECK(parsed("2000-02-29") == "2000-02-29T00:00:00Z");
}

TEST_CASE("A date without a year takes the one that is nearest", "[examples]") {
  CHECK(parsed("Dec 31 23:59:59", {0, at("2026-01-01T00:00:10Z")}) == "2025-12-31T23:59:59Z");
  CHECK(parsed("Jan  1 00:00:05", {0, at("2025-12-31T23:59:50Z")}) == "2026-01-01T00:00:05Z");
  CHECK(parsed("Jun 15 12:00:00", {0, at("2026-06-15T12:00:00Z")}) == "2026-06-15T12:00:00Z");
  CHECK(parsed("Feb 29 12:00:00", {0, at("2024-03-01T00:00:00Z")}) == "2024-02-29T12:00:00Z");
}

TEST_CASE("A date without a zone takes the option's or the host's at that date", "[examples]") {
  const HostZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  CHECK(parsed("2026-01-15 12:00:00", {}) == "2026-01-15T12:00:00+01:00");
  CHECK(parsed("2026-07-15 12:00:00", {}) == "2026-07-15T12:00:00+02:00");
  CHECK(parsed("2026-07-15 12:00:00", {8 * 60, 0}) == "2026-07-15T12:00:00+08:00");
  CHECK(at("2026-07-15T10:00:00Z") == parse_any_date("2026-07-15 12:00:00", {}).value().seconds);
}

TEST_CASE("Layouts of Go are understood and written", "[examples]") {
  CHECK(layout_of_go("2006-01-02 15:04:05.000 -0700") == "%Y-%m-%d %H:%M:%S %z");
  CHECK(layout_of_go("Jan _2 15:04:05") == "%b %e %H:%M:%S");
  CHECK(layout_of_go("3:04PM") == "%I:%M%p");
  CHECK(layout_of_go("%Y") == "%Y");
  const DateTime date = parse_any_date("2006-01-02T15:04:05.5Z", {0, 0}).value();
  CHECK(format_date(date, layout_of_go("02/Jan/2006:15:04:05 -0700")) == "02/Jan/2006:15:04:05.5 +0000");
  CHECK(format_date(date, "%a %I %p %e") == "Mon 03 PM  2");
}

TEST_CASE("Numbers are times since 1970 of the unit that their size tells", "[examples]") {
  CHECK(to_rfc3339(from_unix_time(1'493'797'500)) == "2017-05-03T07:45:00Z");
  CHECK(to_rfc3339(from_unix_time(1'493'797'500'346)) == "2017-05-03T07:45:00.346Z");
  CHECK(to_rfc3339(from_unix_time(1'493'797'500'346'428)) == "2017-05-03T07:45:00.346428Z");
  CHECK(to_rfc3339(from_unix_time(1'493'797'500'346'428'926)) == "2017-05-03T07:45:00.346428926Z");
  CHECK(to_rfc3339(from_unix_time(-1)) == "1969-12-31T23:59:59Z");
}
