#include "examples/logkit-agent/read/growth.hpp"

#include <catch2/catch.hpp>

using namespace logkit;
using namespace std::chrono_literals;

namespace {

constexpr Growth::Time kBegin = Growth::Time() + 1000h;

}  // namespace

TEST_CASE("A byte came when the file grew beyond it and old ones at the last change or before",
          "[examples]") {
  Growth growth;
  growth.begin(100, kBegin - 1h);
  growth.grew(200, kBegin);
  growth.grew(300, kBegin + 10s);
  CHECK(growth.arrival(0)->when == kBegin - 1h);
  CHECK(growth.arrival(99)->is_latest);
  CHECK(growth.arrival(100)->when == kBegin);
  CHECK_FALSE(growth.arrival(100)->is_latest);
  CHECK(growth.arrival(299)->when == kBegin + 10s);
  CHECK_FALSE(growth.arrival(300));
  growth.forget_before(200);
  CHECK(growth.arrival(200)->when == kBegin + 10s);
  growth.begin(0, {});
  CHECK_FALSE(growth.arrival(0));
}

TEST_CASE("Growth that is seen for hours takes no memory and makes no byte younger than it is",
          "[examples]") {
  Growth growth;
  growth.begin(0, kBegin);
  for (int second = 0; second < 10'000; ++second)
    growth.grew(static_cast<std::uint64_t>(second + 1) * 10, kBegin + std::chrono::seconds(second));
  CHECK(growth.arrival(0)->when == kBegin);
  for (int second = 0; second < 10'000; ++second)
    REQUIRE(growth.arrival(static_cast<std::uint64_t>(second) * 10)->when <=
            kBegin + std::chrono::seconds(second));
  CHECK(growth.arrival(99'999)->when == kBegin + 9999s);
}
