#include <catch2/catch.hpp>
#include <future>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

// Agents that report a short command in one message (capability `brief`).

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::wait_until;

namespace {

FakeExecAgent::Options brief() {
  FakeExecAgent::Options options;
  options.is_brief = true;
  return options;
}

FakeExecAgent::Run all_at_once(std::string output, std::int64_t code) {
  return [output = std::move(output), code](const ExecCall& call, FakeExecAgent& agent) {
    agent.whole(call.tid, output, code);
  };
}

}  // namespace

TEST_CASE("A command that is reported in one message answers as any other", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, brief(), all_at_once("hello\r\n", 3));
  const std::string body = run_command(server, R"({"cmd":"echo","args":["hello"]})");
  CHECK(json_at(body, "payload.pid") == "4711");
  CHECK(json_at(body, "payload.result.running") == "false");
  CHECK(json_at(body, "payload.result.code") == "3");
  CHECK(json_at(body, "payload.result.data") == "aGVsbG8NCg==");
  const ExecCall call = agent.wait_for_call();
  CHECK(call.exec.brief == 30);
  wait_until("its settlement", [&] { return agent.is_settled(call.tid); });
  CHECK(agent.acks(call.tid).empty());
}

TEST_CASE("Many short commands are settled by few messages", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, brief(), all_at_once("", 0));
  constexpr std::size_t kCommands = 64;
  std::vector<std::string> tids;
  for (std::size_t i = 0; i < kCommands; ++i)
    tids.push_back(json_at(run_command(server, R"({"cmd":"true"})"), "payload.id"));
  for (const std::string& tid : tids) wait_until("its settlement", [&] { return agent.is_settled(tid); });
  CHECK(agent.settlements() < 64);  // without a pause of 50 ms between any two of them, four
}

TEST_CASE("A command that nobody waits for is recorded with one message, and then settled", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, brief(), all_at_once("out", 4));
  const std::string body = run_command(server, R"({"cmd":"x","result":false})");
  CHECK(json_at(body, "payload.pid") == "4711");
  CHECK(body.find("\"result\"") == std::string::npos);
  const std::string tid = json_at(body, "payload.id");
  CHECK(agent.wait_for_call().exec.brief == 5);
  wait_until("its settlement", [&] { return agent.is_settled(tid); });
  CHECK(json_at(server.get("/api/exec/x-1/status/4711").body, "payload.done") == "true");
  CHECK(json_at(server.get("/api/exec/x-1/status/4711").body, "payload.code") == "4");
  CHECK(server.get("/api/exec/x-1/tasks/" + tid + "/output").body == "out");
  CHECK(server.text_of("tasks/records.db-ring").find(tid) != std::string::npos);
}

TEST_CASE("An agent that may be brief may also tell of the start first", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, brief(), test::say_and_end("hello", 0));
  const std::string body = run_command(server, R"({"cmd":"x"})");
  CHECK(json_at(body, "payload.result.data") == "aGVsbG8=");
  wait_until("its settlement", [&] { return agent.is_settled(json_at(body, "payload.id")); });
}

TEST_CASE("An agent without the capability is asked for nothing new", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, test::say_and_end("", 0));
  run_command(server, R"({"cmd":"x"})");
  CHECK(agent.wait_for_call().text.find("brief") == std::string::npos);
}

TEST_CASE("A command that is reported whole after its start makes no sense", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, brief(), [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid, 7);
    agent::wire::ExecWhole all;
    all.code = 0;
    self.say(agent::encode_message(all, call.tid, 2));
  });
  CHECK(json_at(run_command(server, R"({"cmd":"x"})"), "payload.result.code") == "-65534");
}

TEST_CASE("A whole report that was kept over a lost session ends the command", "[server]") {
  ApiServer server;
  FakeExecAgent first(server.port, brief(), nullptr);
  auto reply = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x"})"); });
  const std::string tid = first.wait_for_call().tid;
  first.leave();
  FakeExecAgent::Options back = brief();
  back.held = {{tid, 1, 2}};
  FakeExecAgent second(server.port, back, nullptr);
  wait_until("the return", [&] { return second.acks(tid).size() == 1; });
  second.whole(tid, "late", 2);
  const std::string body = reply.get();
  CHECK(json_at(body, "payload.result.code") == "2");
  CHECK(json_at(body, "payload.result.data") == "bGF0ZQ==");
}
