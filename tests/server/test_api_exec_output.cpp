#include <catch2/catch.hpp>

#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::wait_until;

namespace {

constexpr std::size_t kBlock = 48 * 1024;

std::string numbered_block(std::size_t number) {
  std::string block(kBlock, static_cast<char>('a' + number % 26));
  block.replace(0, 8, std::to_string(10'000'000 + number));
  return block;
}

// A command that runs until the test ends it.
struct Running {
  explicit Running(ApiServer& server)
      : agent(server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid, 12); }) {
    tid = json_at(run_command(server, R"({"cmd":"x","result":false})"), "payload.id");
    path = "/api/exec/x-1/tasks/" + tid;
  }
  FakeExecAgent agent;
  std::string tid;
  std::string path;
};

}  // namespace

TEST_CASE("Output larger than memory goes to the disk and is read back whole", "[server]") {
  ApiServer server;
  Running command(server);
  std::string expected;
  std::uint64_t seq = 2;
  for (std::size_t i = 0; i < 40; ++i, ++seq) {
    expected += numbered_block(i);
    command.agent.output(command.tid, numbered_block(i), seq);
  }
  command.agent.done(command.tid, 0, seq);
  wait_until("the end", [&] { return json_at(server.get(command.path).body, "payload.state") == "done"; });
  CHECK(server.get(command.path + "/output").body == expected);
  CHECK(server.get(command.path + "/output?offset=100000").body == expected.substr(100'000));
  CHECK(server.get(command.path + "/output?offset=99999999").body.empty());
  CHECK(json_at(server.get(command.path).body, "payload.output_size") == std::to_string(expected.size()));
  wait_until("the acknowledgement", [&] { return command.agent.acknowledged(command.tid) == seq; });
}

TEST_CASE("Output is acknowledged when it is on the disk, not before", "[server]") {
  ApiServer server;
  Running command(server);
  command.agent.output(command.tid, "short", 2);
  wait_until("the output", [&] { return server.get(command.path + "/output").body == "short"; });
  CHECK(command.agent.acknowledged(command.tid) == 0);
  command.agent.output(command.tid, std::string(200'000, 'x'), 3);
  wait_until("the acknowledgement", [&] { return command.agent.acknowledged(command.tid) == 3; });
}

TEST_CASE("Several readers follow one command to its end", "[server]") {
  ApiServer server;
  Running command(server);
  test::RawClient one(server.port);
  test::RawClient two(server.port);
  const std::string rest = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  one.send("GET " + command.path + "/output?follow=1" + rest);
  one.read_until("\r\n\r\n");
  command.agent.output(command.tid, "early ", 2);
  one.read_until("early ");
  two.send("GET " + command.path + "/output?follow=1&offset=3" + rest);
  command.agent.output(command.tid, "late", 3);
  command.agent.done(command.tid, 0, 4);
  CHECK(one.read_all().find("late") != std::string::npos);
  const std::string all = two.read_all();
  CHECK(all.find("ly ") != std::string::npos);
  CHECK(all.find("early") == std::string::npos);
  CHECK(all.find("late") != std::string::npos);
}

TEST_CASE("An event stream carries the output and ends with the task", "[server]") {
  ApiServer server;
  Running command(server);
  test::RawClient client(server.port);
  client.send("GET " + command.path +
              "/output HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n");
  command.agent.output(command.tid, "abc", 2);
  const std::string head = client.read_until("id: 3\n");
  CHECK(head.find("text/event-stream") != std::string::npos);
  CHECK(client.read_until("\n\n").find(R"("data":"YWJj")") != std::string::npos);
  command.agent.done(command.tid, 5, 3);
  const std::string tail = client.read_all();
  CHECK(tail.find("event: end") != std::string::npos);
  CHECK(tail.find(R"("code":5)") != std::string::npos);
}

TEST_CASE("An event stream that has nothing to say says so, sooner than proxies lose patience", "[server]") {
  ApiServer server(100, test::shards(), {}, {}, {}, std::chrono::milliseconds(1));
  Running command(server);
  test::RawClient client(server.port);
  client.send("GET " + command.path +
              "/output HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n");
  client.read_until("\r\n\r\n");
  CHECK(client.read_until(":\n\n").ends_with(":\n\n"));
  CHECK(client.read_until(":\n\n").ends_with(":\n\n"));
  command.agent.done(command.tid, 0, 2);
  client.read_all();
  CHECK(server::kQuietLimit <= std::chrono::seconds(10));
}

TEST_CASE("Replies without an end are neither gathered nor kept by proxies", "[server]") {
  ApiServer server;
  Running command(server);
  test::RawClient follower(server.port);
  test::RawClient listener(server.port);
  follower.send("GET " + command.path + "/output?follow=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  listener.send("GET " + command.path +
                "/output HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n");
  for (test::RawClient* client : {&follower, &listener}) {
    const std::string head = client->read_until("\r\n\r\n");
    CHECK_THAT(head, Catch::Contains("X-Accel-Buffering: no\r\n"));
    CHECK_THAT(head, Catch::Contains("Cache-Control: no-store\r\n"));
  }
  command.agent.done(command.tid, 0, 2);
  follower.read_all();
  listener.read_all();
}

TEST_CASE("An event stream that was cut goes on behind its last event", "[server]") {
  ApiServer server;
  Running command(server);
  command.agent.output(command.tid, "abcdef", 2);
  command.agent.done(command.tid, 0, 3);
  wait_until("the end", [&] { return json_at(server.get(command.path).body, "payload.state") == "done"; });
  const std::string body =
      server.get(command.path + "/output", "Accept: text/event-stream\r\nLast-Event-ID: 4\r\n").body;
  CHECK(body.find(R"("offset":4,"data":"ZWY=")") != std::string::npos);
}

TEST_CASE("A reply that skips a number ends the session, not the command", "[server]") {
  ApiServer server;
  Running command(server);
  command.agent.output(command.tid, "x", 5);
  wait_until("the loss", [&] { return json_at(server.get(command.path).body, "payload.state") == "away"; });
}
