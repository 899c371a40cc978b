#include "core/setting_variables.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "agent/error.hpp"

using namespace agent;
using core::resolve;
using core::SettingVariables;

namespace {

const char* environment(const char* name) {
  if (std::string(name) == "RACK") return "rack-7";
  if (std::string(name) == "NOTHING") return "";
  return nullptr;
}

const SettingVariables variables{"web-1", "192.0.2.7", environment};

}  // namespace

TEST_CASE("A setting that begins with $ is what it refers to", "[core]") {
  CHECK(resolve("$HOSTNAME", variables) == "web-1");
  CHECK(resolve("$IP", variables) == "192.0.2.7");
  CHECK(resolve("$RACK", variables) == "rack-7");
}

TEST_CASE("Any other setting is itself", "[core]") {
  CHECK(resolve("", variables).empty());
  CHECK(resolve("agent-1", variables) == "agent-1");
  CHECK(resolve("cost$RACK", variables) == "cost$RACK");
}

TEST_CASE("A reference to nothing is an error that names it", "[core]") {
  using Catch::Matchers::Message;
  CHECK_THROWS_MATCHES(resolve("$MISSING", variables), Error,
                       Message("$MISSING: the environment has no such variable, or it is empty"));
  CHECK_THROWS_AS(resolve("$NOTHING", variables), Error);
  SettingVariables unconnected{"web-1", "", environment};
  CHECK_THROWS_MATCHES(resolve("$IP", unconnected), Error,
                       Message("$IP: the local address is known only once a server is connected"));
}
