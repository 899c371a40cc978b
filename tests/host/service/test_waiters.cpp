#include "host/service/waiters.hpp"

#include <catch2/catch.hpp>

using agent::host::waits_for_service;
using Arguments = std::vector<std::string>;

TEST_CASE("systemctl waits for the service that it changes", "[host]") {
  const auto waits = [](const Arguments& arguments) {
    return waits_for_service("systemctl", arguments, "exec-agent");
  };
  CHECK(waits({"systemctl", "restart", "exec-agent"}));
  CHECK(waits({"/bin/systemctl", "--quiet", "try-restart", "a.service", "exec-agent.service"}));
  CHECK(waits({"systemctl", "stop", "exec-agent.service"}));
  CHECK(waits({"systemctl", "start", "exec-agent"}));
  CHECK(waits({"systemctl", "reload-or-restart", "--marked"}));
  CHECK_FALSE(waits({"systemctl", "restart", "--no-block", "exec-agent"}));
  CHECK_FALSE(waits({"systemctl", "restart", "nginx"}));
  CHECK_FALSE(waits({"systemctl", "restart", "exec-agent-2"}));
  CHECK_FALSE(waits({"systemctl", "status", "exec-agent"}));
  CHECK_FALSE(waits({}));
}

TEST_CASE("Our own program waits where it ends or replaces another", "[host]") {
  const auto waits = [](std::string_view program, const Arguments& arguments) {
    return waits_for_service(program, arguments, "a-very-long-name-of-an-agent");
  };
  CHECK(waits("a-very-long-nam", {"run", "--daemon", "--replace"}));
  CHECK(waits("a-very-long-nam", {"run", "--daemon", "--stop"}));
  CHECK_FALSE(waits("a-very-long-nam", {"run", "--daemon"}));
  CHECK_FALSE(waits("another", {"run", "--daemon", "--stop"}));
}
