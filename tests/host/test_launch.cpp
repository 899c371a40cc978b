#include "host/launch.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using std::chrono::milliseconds;

namespace {

milliseconds limit_of(milliseconds timeout) {
  ProcessOptions options;
  options.shell_line = "id";
  options.timeout = timeout;
  return host::plan_launch(options, "MARK=1").timeout;
}

}  // namespace

TEST_CASE("A command without a timeout, or with one below zero, gets a minute", "[host]") {
  CHECK(limit_of(milliseconds(0)) == std::chrono::seconds(60));
  CHECK(limit_of(milliseconds(-1)) == std::chrono::seconds(60));
  CHECK(limit_of(milliseconds::min()) == std::chrono::seconds(60));
  CHECK(limit_of(milliseconds(1)) == milliseconds(1));
  CHECK(limit_of(std::chrono::hours(24)) == std::chrono::hours(24));
}
