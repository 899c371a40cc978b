#include "agent/limits.hpp"

#include <catch2/catch.hpp>

using namespace agent;

TEST_CASE("A request is granted up to the ceiling, and defaults fill in", "[base][limits]") {
  const CommandLimits defaults{.memory = Bytes{64'000'000}, .pids = 500};
  const CommandLimits ceilings{.cpu_percent = 200, .pids = 100};
  const CommandLimits granted = granted_limits({.cpu_percent = 200}, defaults, ceilings);
  CHECK(granted == CommandLimits{.cpu_percent = 200, .memory = Bytes{64'000'000}, .pids = 100});
  CHECK_THROWS_WITH(granted_limits({.cpu_percent = 201}, defaults, ceilings), "cpu_percent: at most 200");
  CHECK_THROWS_WITH(granted_limits({.cpu_percent = 0}, {}, {}), "cpu_percent: at least 1");
  CHECK_THROWS_WITH(granted_limits({.memory = Bytes{4096}}, {}, {}), Catch::Contains("memory: at least"));
  CHECK_THROWS_WITH(granted_limits({.pids = 0}, {}, {}), "pids: at least 1");
  CHECK_THROWS_WITH(granted_limits({.cpu_seconds = 0}, {}, {}), "cpu_seconds: at least 1");
  CHECK(granted_limits({}, {}, ceilings) == ceilings);  // it holds for those who ask for nothing, too
  CHECK_FALSE(granted_limits({}, {}, {}).any());
}

TEST_CASE("Reasons and bounds have the names that results carry", "[base][limits]") {
  CHECK(to_string(EndedBy::itself).empty());
  CHECK(to_string(EndedBy::memory) == "memory");
  CHECK(to_string(EndedBy::cpu_seconds) == "cpu_seconds");
  CHECK(to_string(EndedBy::timeout) == "timeout");
  CHECK(to_string(EndedBy::killed) == "killed");
  CHECK(to_string(Bound::none).empty());
  CHECK(to_string(Bound::command) == "command");
  CHECK(to_string(Bound::agent) == "agent");
  CHECK(to_string(Bound::host) == "host");
}
