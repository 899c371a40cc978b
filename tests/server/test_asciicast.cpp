// Recordings of terminals: what asciinema's players read.
#include "api/asciicast.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "agent/json_value.hpp"
#include "commands/recording.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/terminal_client.hpp"

using server::Asciicast;
using server::RecordingLine;
using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;
using test::run_command;
using test::wait_until;

namespace {

// All text of one kind of event.
std::string events(const std::string& cast, char kind) {
  std::istringstream lines(cast);
  std::string line;
  std::string all;
  while (std::getline(lines, line))
    if (line.starts_with("[") && json_at(line, "1") == std::string(1, kind)) all += json_at(line, "2");
  return all;
}

struct Recorded {
  explicit Recorded(server::CommandTableOptions options)
      : server(100, test::shards(), options), agent(server.port, with_term(), start_it) {
    task = json_at(run_command(server, R"({"cmd":"top","terminal":{"rows":24,"cols":80}})"), "payload.id");
    REQUIRE_FALSE(task.empty());
  }
  static FakeExecAgent::Options with_term() {
    FakeExecAgent::Options options;
    options.knows_term = true;
    return options;
  }
  static void start_it(const ExecCall& call, FakeExecAgent& by) { by.started(call.tid); }

  auto recording() { return server.get("/api/exec/x-1/tasks/" + task + "/recording"); }
  std::string shown() { return server.get("/api/exec/x-1/tasks/" + task + "/output").body; }
  test::TerminalClient sit_down() {
    return test::TerminalClient(server.port, "/api/exec/x-1/tasks/" + task + "/terminal");
  }

  ApiServer server;
  FakeExecAgent agent;
  std::string task;
};

}  // namespace

TEST_CASE("A recording begins with what it is, and each event has its time", "[server]") {
  Asciicast cast;
  CHECK(cast.header(1'700'000'000'250, "132x50", "top \"now\"") ==
        R"({"version":2,"width":132,"height":50,"timestamp":1700000000,"title":"top \"now\""})"
        "\n");
  CHECK(cast.output(1'700'000'000'250, "a\x1b[1m\r\n") == "[0.000,\"o\",\"a\\u001b[1m\\r\\n\"]\n");
  CHECK(cast.event(1'700'000'061'255, 'r', "80x24") == "[61.005,\"r\",\"80x24\"]\n");
  CHECK(cast.output(1'700'000'001'000, "b") == "[61.005,\"o\",\"b\"]\n");  // a clock that was put back
}

TEST_CASE("A character that comes in two pieces is one in a recording, and bytes that are none are marked",
          "[server]") {
  Asciicast cast;
  cast.header(0, "80x24", "");
  CHECK(cast.output(1, "x\xe2\x82") == "[0.001,\"o\",\"x\"]\n");
  CHECK(cast.output(2, "\xac") == "[0.002,\"o\",\"\xe2\x82\xac\"]\n");
  CHECK(cast.output(3, "\xf0").empty());
  CHECK(cast.output(4, "y") == "[0.004,\"o\",\"\xef\xbf\xbdy\"]\n");
  CHECK(cast.output(5, "\xff\x80\x80\x80\x80") ==
        "[0.005,\"o\",\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]\n");
  CHECK(cast.end(6).empty());
  CHECK(cast.output(7, "\xc3").empty());
  CHECK(cast.end(8) == "[0.008,\"o\",\"\xef\xbf\xbd\"]\n");
}

TEST_CASE("A line of a recording that a killed server left half is none", "[server]") {
  CHECK(RecordingLine::parse("17 o 4096").kind == RecordingLine::kOutput);
  CHECK(RecordingLine::parse("17 r 80x24").value == "80x24");
  for (const char* half :
       {"", "17", "17 ", "17 o", "17 o ", "o 17 4096", "17  o 5", "999999999999999999999 o 1"})
    CHECK(RecordingLine::parse(half).kind == RecordingLine::kNone);
}

TEST_CASE("A terminal is recorded with its sizes, its output and, if that is asked for, its input",
          "[server]") {
  const bool with_input = GENERATE(false, true);
  Recorded scene({.record = true, .record_input = with_input});
  test::TerminalClient client = scene.sit_down();
  client.wait_for_news("writer");
  scene.agent.output(scene.task, "hello \xe2\x82", 2);
  scene.agent.output(scene.task, "\xac\r\n", 3);
  client.wait_for("\r\n");
  CHECK(events(scene.recording().body, 'o') == "hello \xe2\x82\xac\r\n");  // while it runs
  client.order(R"({"type":"resize","rows":50,"cols":132})");
  client.type("ls\r");
  wait_until("the input", [&] { return !scene.agent.inputs().empty(); });
  scene.agent.output(scene.task, "files\r\n", 4);
  scene.agent.done(scene.task, 0, 5);
  client.wait_for_news("exit");

  const auto reply = scene.recording();
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Catch::Contains("Content-Type: application/x-asciicast"));
  const std::string head = reply.body.substr(0, reply.body.find('\n'));
  CHECK(json_at(head, "version") == "2");
  CHECK(json_at(head, "width") == "80");
  CHECK(json_at(head, "height") == "24");
  CHECK(json_at(head, "title") == "top");
  CHECK(events(reply.body, 'o') == "hello \xe2\x82\xac\r\nfiles\r\n");
  CHECK(events(reply.body, 'r') == "132x50");
  CHECK(events(reply.body, 'i') == (with_input ? "ls\r" : ""));
  CHECK(json_at(scene.server.get("/api/exec/x-1/tasks/" + scene.task).body, "payload.recorded") == "true");
}

TEST_CASE("A recording has all of an output that is larger than memory", "[server]") {
  Recorded scene({.record = true});
  std::string all;
  for (std::uint64_t seq = 2; seq < 12; ++seq) {
    const std::string piece(100'000, static_cast<char>('a' + seq));
    scene.agent.output(scene.task, piece, seq);
    all += piece;
  }
  scene.agent.done(scene.task, 0, 12);
  wait_until("the end", [&] { return scene.shown() == all; });
  CHECK(events(scene.recording().body, 'o') == all);
}

TEST_CASE("What is no terminal, or was not to be recorded, has no recording", "[server]") {
  Recorded scene({});
  CHECK(scene.recording().status == 404);
  CHECK_THAT(scene.recording().body, Catch::Contains("recording not found"));
  ApiServer recording(100, test::shards(), {.record = true});
  FakeExecAgent agent(recording.port, Recorded::with_term(), Recorded::start_it);
  const std::string task = json_at(run_command(recording, R"({"cmd":"x","result":false})"), "payload.id");
  CHECK(recording.get("/api/exec/x-1/tasks/" + task + "/recording").status == 404);
}
