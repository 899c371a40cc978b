// Settings that are durations.
#include <catch2/catch.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "agent/config.hpp"

using namespace agent;
using namespace std::chrono_literals;

namespace {

struct Times {
  std::chrono::milliseconds pause{1};
  std::chrono::seconds wait{2};
  std::chrono::minutes rest{3};
  std::chrono::hours stay{4};
  std::chrono::duration<double> age{0.5};
  std::chrono::duration<std::int8_t> short_time{5};
  std::optional<std::chrono::seconds> maybe;
  std::vector<std::chrono::seconds> steps;

  static void fields(auto& field) {
    field("pause", &Times::pause, "", FieldRules{.min = "-1s", .max = "1h"});
    field("wait", &Times::wait);
    field("rest", &Times::rest);
    field("stay", &Times::stay);
    field("age", &Times::age, "", FieldRules{.max = "1m"});
    field("short", &Times::short_time);
    field("maybe", &Times::maybe);
    field("steps", &Times::steps);
  }
};

Times times_of(const std::string& text, std::vector<std::string>& problems) {
  Settings settings = Settings::parse(text, "x");
  Times times;
  settings.read(times);
  for (const ConfigProblem& problem : settings.problems()) problems.push_back(to_string(problem));
  return times;
}

}  // namespace

TEST_CASE("Settings take durations of every type", "[base]") {
  std::vector<std::string> problems;
  const Times times = times_of(
      "pause = -1s\nwait = 1m30s\nrest = 2h\nstay = 48h\nage = 1.5ms\nshort = -128s\nmaybe = 0\n"
      "steps = 1s, 2m\n",
      problems);
  CHECK(problems.empty());
  CHECK(times.pause == -1s);
  CHECK(times.wait == 90s);
  CHECK(times.rest == 2h);
  CHECK(times.stay == 48h);
  CHECK(times.age.count() == Approx(0.0015));
  CHECK(times.short_time == -128s);
  CHECK(times.maybe == 0s);
  CHECK(times.steps == std::vector<std::chrono::seconds>{1s, 120s});
}

TEST_CASE("A duration that its type cannot hold exactly is a problem", "[base]") {
  std::vector<std::string> problems;
  const Times times =
      times_of("pause = 2h\nwait = 1500ms\nrest = 90s\nstay = x\nage = 61s\nshort = 128s\n", problems);
  CHECK(problems == std::vector<std::string>{"x: line 1: pause: must be at most 1h",
                                             "x: line 2: wait: '1500ms' is no multiple of 1s",
                                             "x: line 3: rest: '90s' is no multiple of 1m0s",
                                             "x: line 4: stay: 'x' is not a duration such as 1h30m",
                                             "x: line 5: age: must be at most 1m",
                                             "x: line 6: short: '128s' is too long"});
  CHECK(times.wait == 2s);
}
