// Scene: a server and a well-behaved agent, whom nothing may touch that a test does to the server.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/wire_agent.hpp"
#include "tests/system/programs.hpp"

namespace test {

struct Scene {
  explicit Scene(const std::string& settings = {})
      : server(settings), bystander(server.address(), "bystander") {
    bystander.wait_for_session();
  }

  WireAgent agent(WireAgentOptions options = {}) const {
    return WireAgent::connected(server.port(), std::move(options));
  }

  // The server is the same process still; the bystander was never lost, and answers.
  void check_unharmed() {
    CHECK(server.program().is_running());
    CHECK(server.foo("bystander") == 200);
    CHECK(bystander.sessions() == 1);
  }

  ServerProgram server;
  AgentProgram bystander;
};

}  // namespace test
