// TimedExecAgent: exec-agent's commands in the time of the test, connected to the test's server; the commands
// themselves are real.
#pragma once

#include <agent/testing.hpp>
#include <catch2/catch.hpp>
#include <optional>

#include "examples/exec-agent/commands.hpp"

namespace test {

struct TimedExecAgent {
  TimedExecAgent() {
    server.emplace(agent);
    REQUIRE(server->wait_until([this] { return agent.connected(); }));
  }
  ~TimedExecAgent() {
    if (server) server->stop();
  }
  TimedExecAgent(const TimedExecAgent&) = delete;
  TimedExecAgent& operator=(const TimedExecAgent&) = delete;

  agent::Agent agent{"exec-agent", "1.0.0"};
  Uploads uploads;
  Commands commands{agent, uploads};
  std::optional<agent::TestServer> server;
};

}  // namespace test
