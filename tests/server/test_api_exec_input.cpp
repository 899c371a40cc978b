// Input and terminals of commands: what may be asked for, and what goes to the agent.
#include <catch2/catch.hpp>

#include "commands/command_table.hpp"
#include "net/spawn.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::say_and_end;
using test::wait_until;

namespace {

FakeExecAgent::Options with_term() {
  FakeExecAgent::Options options;
  options.knows_term = true;
  return options;
}

FakeExecAgent::Run start_only() {
  return [](const ExecCall& call, FakeExecAgent& agent) { agent.started(call.tid); };
}

}  // namespace

TEST_CASE("A command's input goes to the agent with the command, which then has pipes", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, with_term(), say_and_end("out", 0));
  const std::string body = run_command(server, R"({"cmd":"sort","stdin":"b\na\n"})");
  CHECK(json_at(body, "payload.result.code") == "0");
  const ExecCall call = agent.wait_for_call();
  CHECK(call.exec.first_input == "YgphCg==");
  CHECK(call.exec.pipes);
  CHECK_FALSE(call.exec.input);
}

TEST_CASE("A command whose input comes later is not waited for", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, with_term(), start_only());
  const std::string body = run_command(server, R"({"cmd":"cat","stdin":true})");
  CHECK(json_at(body, "payload.pid") == "4711");
  CHECK(json_at(body, "payload.result").empty());
  const ExecCall call = agent.wait_for_call();
  CHECK(call.exec.input);
  CHECK(call.exec.pipes);
  const std::string task = json_at(body, "payload.id");
  CHECK(json_at(server.get("/api/exec/x-1/tasks/" + task).body, "payload.input") == "true");
}

TEST_CASE("A terminal has its size, needs no command, and lasts for a day unless it is told otherwise",
          "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, with_term(), start_only());
  run_command(server, R"({"terminal":{"rows":50,"cols":132}})");
  const ExecCall call = agent.wait_for_call();
  REQUIRE(call.exec.terminal);
  CHECK(call.exec.terminal->rows == 50);
  CHECK(call.exec.terminal->cols == 132);
  CHECK(call.exec.cmd.empty());
  CHECK(call.exec.timeout == 86400);
  CHECK_FALSE(call.exec.pipes);
}

TEST_CASE("A terminal of an impossible size is refused before anything runs", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, with_term(), start_only());
  for (const char* size : {R"({"rows":0,"cols":0})", R"({"rows":10000,"cols":10000})"}) {
    const std::string body = run_command(server, std::string(R"({"terminal":)") + size + "}");
    CHECK(json_at(body, "code") == "400");
    CHECK(json_at(body, "msg") == "bad param: terminal: rows: 1 to 4096");
  }
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("An agent that cannot give a command input is sent nothing, and the reason is told", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("", 0));
  for (const char* order : {R"({"cmd":"cat","stdin":"x"})", R"({"cmd":"cat","stdin":true})",
                            R"({"terminal":{"rows":24,"cols":80}})"}) {
    const std::string body = run_command(server, order);
    CHECK(json_at(body, "code") == "424");
    CHECK(json_at(body, "msg") ==
          "agent cannot give commands input or a terminal: it is an original or too old");
  }
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("Input that is neither a text nor true is refused, and so is too much of it", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, with_term(), start_only());
  CHECK(json_at(run_command(server, R"({"cmd":"cat","stdin":5})"), "code") == "400");
  const std::string much(1024 * 1024 + 1, 'x');
  CHECK(json_at(run_command(server, R"({"cmd":"cat","stdin":")" + much + "\"}"), "code") == "400");
  CHECK(agent.count_calls() == 0);
}
