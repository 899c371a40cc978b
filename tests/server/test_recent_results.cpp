#include <catch2/catch.hpp>
#include <filesystem>
#include <future>

#include "commands/recent_results.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/ask_loop.hpp"
#include "tests/support/json_text.hpp"

// Results that were delivered a moment ago.

using server::RecentResults;
using test::ApiServer;
using test::ask_loop;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::say_and_end;
using test::wait_until;
using namespace std::chrono_literals;

TEST_CASE("A delivered result is found by its id, and in no list", "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("hello", 3));
  const std::string tid = json_at(run_command(server, R"({"cmd":"x"})"), "payload.id");
  const std::string show = "/api/exec/x-1/tasks/" + tid;
  CHECK(json_at(server.get(show).body, "payload.state") == "done");
  CHECK(json_at(server.get(show).body, "payload.code") == "3");
  CHECK(server.get(show + "/output").body == "hello");
  CHECK(json_at(server.get("/api/exec/x-1/tasks").body, "payload") == "[]");
  CHECK(server.get("/api/exec/other/tasks/" + tid).body.find("404") != std::string::npos);
}

TEST_CASE("A short command that was waited for leaves nothing on the disk", "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("hello", 0));
  const std::string tid = json_at(run_command(server, R"({"cmd":"x"})"), "payload.id");
  wait_until("the acknowledgement", [&] { return agent.acknowledged(tid) == 3; });
  for (const char* file : {"tasks/records.db-ring", "tasks/records.db-wal"})
    CHECK(server.text_of(file).find(tid) == std::string::npos);
  CHECK_FALSE(std::filesystem::exists(server.directory.path() + "/tasks/" + tid + ".out"));
}

TEST_CASE("A command whose output outgrows memory is recorded before any of it is acknowledged",
          "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid); });
  auto reply = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x"})"); });
  const std::string tid = agent.wait_for_call().tid;
  agent.output(tid, std::string(60'000, 'a'), 2);
  agent.output(tid, std::string(60'000, 'b'), 3);
  wait_until("the acknowledgement", [&] { return agent.acknowledged(tid) == 3; });
  CHECK(server.text_of("tasks/records.db-ring").find(tid) != std::string::npos);
  agent.done(tid, 0, 4);
  CHECK(json_at(reply.get(), "payload.result.code") == "0");
}

TEST_CASE("A command whose session is lost is recorded, also within its first second", "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid); });
  auto reply = std::async(std::launch::async, [&] { return run_command(server, R"({"cmd":"x"})"); });
  const std::string tid = agent.wait_for_call().tid;
  const std::string show = "/api/exec/x-1/tasks/" + tid;
  wait_until("the start", [&] { return json_at(server.get(show).body, "payload.state") == "running"; });
  agent.leave();
  wait_until("its record",
             [&] { return server.text_of("tasks/records.db-ring").find(tid) != std::string::npos; });
  FakeExecAgent::Options back;
  back.held = {{tid, 2, 3}};
  FakeExecAgent second(server.port, back, nullptr);
  wait_until("the return", [&] { return json_at(server.get(show).body, "payload.state") == "running"; });
  second.done(tid, 5, 2);
  CHECK(json_at(reply.get(), "payload.result.code") == "5");
}

TEST_CASE("Small output of a command that nobody waits for is in its record and in no file",
          "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("small output", 0));
  const std::string tid = json_at(run_command(server, R"({"cmd":"x","result":false})"), "payload.id");
  wait_until("the acknowledgement", [&] { return agent.acknowledged(tid) == 3; });
  CHECK(server.text_of("tasks/records.db-ring").find("c21hbGwgb3V0cHV0") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(server.directory.path() + "/tasks/" + tid + ".out"));
  CHECK(server.get("/api/exec/x-1/tasks/" + tid + "/output").body == "small output");
}

namespace {

std::shared_ptr<server::Command> find(ApiServer& server, const std::string& tid) {
  agent::net::Loop& home = server.hub().place_of("x-1").shard.loop();
  return ask_loop(home, [&] { return server.api().commands().find("x-1", tid); });
}

}  // namespace

TEST_CASE("Recent results give way to newer ones, and to time", "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("hello", 0));
  std::vector<std::shared_ptr<server::Command>> commands;
  for (int i = 0; i < 3; ++i)
    commands.push_back(find(server, json_at(run_command(server, R"({"cmd":"x"})"), "payload.id")));
  const auto now = RecentResults::Clock::time_point(1000h);
  RecentResults recent(100);
  CHECK(recent.add(commands[0], 40, now).empty());
  CHECK(recent.add(commands[1], 60, now + 1s).empty());
  CHECK(recent.bytes() == 100);
  CHECK(recent.find("x-1", commands[0]->id()) == commands[0]);
  CHECK(recent.find("x-2", commands[0]->id()) == nullptr);

  const RecentResults::Commands gone = recent.add(commands[2], 10, now + 2s);
  REQUIRE(gone.size() == 1);
  CHECK(gone[0] == commands[0]);
  CHECK(recent.find("x-1", commands[0]->id()) == nullptr);

  CHECK(recent.expire(now + 60s).empty());
  CHECK(recent.expire(now + 61s).size() == 1);
  recent.remove(*commands[2]);
  CHECK(recent.size() == 0);
  CHECK(recent.bytes() == 0);
}

TEST_CASE("A result that is larger than all recent ones may be is not among them", "[server][commands]") {
  ApiServer server;
  FakeExecAgent agent(server.port, say_and_end("hello", 0));
  const std::string tid = json_at(run_command(server, R"({"cmd":"x"})"), "payload.id");
  RecentResults recent(100);
  const RecentResults::Commands gone = recent.add(find(server, tid), 101, RecentResults::Clock::now());
  CHECK(gone.size() == 1);
  CHECK(recent.size() == 0);
}
