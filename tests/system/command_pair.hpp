// CommandPair: a server and an exec-agent, both real, with a proxy between them that can fail.
#pragma once

#include <string>

#include "tests/support/fault_proxy.hpp"
#include "tests/system/command_client.hpp"
#include "tests/system/programs.hpp"

namespace test {

struct CommandPair {
  explicit CommandPair(const std::string& settings = {})
      : server(settings), proxy(server.port()), agent(proxy.address(), "exec-1", "", kExecAgentProgram) {
    server.wait_for_agent("exec-1");
  }
  CommandClient client() const { return CommandClient(server, "exec-1"); }

  ServerProgram server;
  FaultProxy proxy;
  AgentProgram agent;
};

}  // namespace test
