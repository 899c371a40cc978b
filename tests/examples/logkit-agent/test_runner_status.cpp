#include "examples/logkit-agent/run/runner_status.hpp"

#include <catch2/catch.hpp>

using namespace logkit;
using namespace std::chrono_literals;

TEST_CASE("A status has null for kinds of errors that never came", "[examples]") {
  RunnerStatus status;
  status.history.send = {{"away", 5, 2}};
  CHECK_THAT(agent::json::encode(status),
             Catch::Contains(
                 R"("history_errors":{"read_errors":null,"parse_errors":null,)"
                 R"("transform_errors":null,"send_errors":[{"error":"away","timestamp":5,"count":2}]})"));
}

TEST_CASE("The trend of a speed is that of a fifth more or less", "[examples]") {
  CHECK(trend_of(1, 1) == "stable");
  CHECK(trend_of(1, 1.1) == "stable");
  CHECK(trend_of(1, 9) == "up");
  CHECK(trend_of(10, 1) == "down");
  CHECK(trend_of(0, 0) == "stable");
}

TEST_CASE("A status that is asked for more than once a second has the speeds of the last second",
          "[examples]") {
  SpeedMeter meter;
  RunnerStatus status;
  SteadyTime now = SteadyTime() + 1h;
  status.read_count = 100;
  meter.measure(status, now);
  CHECK(status.read_speed == 100);
  status.read_count = 150;
  meter.measure(status, now += 500ms);
  CHECK(status.read_speed == 100);
  meter.measure(status, now += 500ms);
  CHECK(status.read_speed == 50);
  CHECK(status.read_speed_trend == "down");
  // A counter that begins anew is no negative speed.
  status.read_count = 10;
  meter.measure(status, now += 1s);
  CHECK(status.read_speed == 0);
  meter.measure(status, now);
  CHECK(status.read_speed == 0);
}
