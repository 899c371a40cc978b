// TerminalScene: a real server, a real exec-agent whose connection can be cut, and a command that somebody
// types for.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/programs.hpp"

namespace test {

struct TerminalScene {
  TerminalScene() : TerminalScene("") {}
  explicit TerminalScene(const std::string& settings)
      : server(settings),
        to_server(server.port()),
        agent(to_server.address(), "exec-1", "", kExecAgentProgram) {
    server.wait_for_agent("exec-1");
  }

  std::string start(const std::string& order) {
    HttpClient http = server.client();
    const std::string body =
        http.request("POST", "/api/exec/exec-1/run", {{"Content-Type", "application/json"}}, order).body;
    task = json_at(body, "payload.id");
    INFO(body);
    REQUIRE_FALSE(task.empty());
    return task;
  }
  std::string start_shell() {
    return start(R"({"terminal":{"rows":24,"cols":80},"env":["SHELL=/bin/sh","ENV=","PS1=$ "]})");
  }
  std::string path(const std::string& query = {}) const {
    return "/api/exec/exec-1/tasks/" + task + "/terminal" + query;
  }

  ServerProgram server;
  FaultProxy to_server;  // the agent's way
  AgentProgram agent;
  std::string task;
  TempDir dir;
};

}  // namespace test
