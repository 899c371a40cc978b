// Agent::report: on the disk until the server has it, each report once, in order.
#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>

#include "agent/spool.hpp"
#include "agent/testing.hpp"
#include "tests/core/stage.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::receive;
using test::Socket;
using test::Stage;

namespace {

struct Sample {
  static constexpr MessageKind message{1201, "sample"};
  std::uint64_t count = 0;
  std::string filler;
  static void fields(auto& field) {
    field("count", &Sample::count);
    field("filler", &Sample::filler, "", omit_empty);
  }
};

// An agent that reports a number each second, from 1 on.
struct Reporting {
  explicit Reporting(std::size_t filler = 0) : text(filler, 'x') {
    agent.spool_reports();
    agent.every(std::chrono::seconds(1), [this] { agent.report(Sample{++count, text}); });
  }

  Agent agent{"reporting-agent", "1.0.0"};
  std::string text;
  std::uint64_t count = 0;
};

std::string settings(const test::TempDir& dir, const std::string& more = {}) {
  return "spool.dir = " + dir.file("spool") + "\n" + more;
}

std::vector<std::uint64_t> counts(const TestServer& server) {
  std::vector<std::uint64_t> out;
  for (const Sample& sample : server.reports<Sample>()) out.push_back(sample.count);
  return out;
}

std::vector<std::uint64_t> up_to(std::uint64_t last, std::uint64_t first = 1) {
  std::vector<std::uint64_t> out;
  for (std::uint64_t number = first; number <= last; ++number) out.push_back(number);
  return out;
}

wire::Handshake accepted(std::vector<std::string> caps) {
  wire::Handshake answer;
  answer.ok = true;
  answer.id = "a-1";
  answer.caps = std::move(caps);
  return answer;
}

std::uint64_t rseq(const Envelope& message) {
  std::uint64_t number = 0;
  const json::Value value = message.root().find("rseq");
  if (!value.is_null()) json::read(value, number);
  return number;
}

// A stage whose agent has a spool in a directory of its own.
struct SpoolStage {
  SpoolStage() {
    stage.agent.spool_reports();
    core::state_of(stage.agent).spool->spool.dir = dir.file("spool");
  }
  test::TempDir dir;
  Stage stage;
};

}  // namespace

TEST_CASE("Reports arrive once and in order, whatever the connection does", "[core]") {
  test::TempDir dir;
  Reporting reporting;
  TestServer server(reporting.agent, settings(dir));
  for (int outage = 0; outage < 5; ++outage) {
    server.advance(std::chrono::seconds(10));
    server.disconnect();
    server.advance(std::chrono::minutes(5));
    server.connect();
  }
  server.advance(std::chrono::seconds(2));
  CHECK(reporting.count > 1500);
  CHECK(counts(server) == up_to(reporting.count));
  CHECK(server.metric("report_spool_dropped_total") == 0);
}

TEST_CASE("What an agent did not get rid of its successor sends", "[core]") {
  test::TempDir dir;
  {
    Reporting reporting;
    TestServer server(reporting.agent, settings(dir));
    server.advance(std::chrono::seconds(3));
    CHECK(counts(server) == up_to(3));
    server.disconnect();
    server.advance(std::chrono::minutes(10));
    CHECK(reporting.count == 603);
  }
  Reporting reporting;
  TestServer server(reporting.agent, settings(dir));
  CHECK(counts(server) == up_to(603, 4));
  server.advance(std::chrono::seconds(1));
  CHECK(counts(server).back() == 1);  // its own first one, behind them
}

TEST_CASE("The oldest reports are dropped and counted beyond spool.size", "[core]") {
  test::TempDir dir;
  Reporting reporting(1000);
  TestServer server(reporting.agent, settings(dir, "spool.size = 64Ki\n"));
  server.disconnect();
  server.advance(std::chrono::minutes(10));
  server.connect();
  const auto dropped = static_cast<std::uint64_t>(server.metric("report_spool_dropped_total"));
  CHECK(dropped > 500);
  CHECK(counts(server) == up_to(reporting.count, dropped + 1));
  CHECK(server.metric("report_spool_bytes") < 65536);
}

TEST_CASE("Reports wait in memory as others do without a spool", "[core]") {
  Reporting reporting;
  TestServer server(reporting.agent);  // neither a directory nor a file
  server.disconnect();
  server.advance(std::chrono::seconds(10));
  server.connect();
  CHECK(counts(server) == up_to(reporting.count));
  CHECK(server.report_texts().front().find("rseq") == std::string::npos);
}

TEST_CASE("A spool that cannot be opened is no reason not to run", "[core]") {
  test::TempDir dir;
  dir.write("spool", "a file");
  Reporting reporting;
  TestServer server(reporting.agent, settings(dir));
  server.advance(std::chrono::seconds(5));
  CHECK(counts(server) == up_to(5));
}

TEST_CASE("A full disk does not keep reports from a server that is there", "[core]") {
  test::TempDir dir;
  test::SmallDisk disk(dir.file("disk"));
  if (!disk.is_mounted()) {
    WARN("only root can fill a disk of its own");
    return;
  }
  Reporting reporting(20'000);
  TestServer server(reporting.agent, "spool.dir = " + dir.file("disk/spool") + "\n");
  server.disconnect();
  server.advance(std::chrono::seconds(100));  // 2 MB
  server.connect();
  server.advance(std::chrono::seconds(5));
  std::vector<std::uint64_t> all = counts(server);
  std::sort(all.begin(), all.end());
  CHECK(all == up_to(reporting.count));
}

TEST_CASE("A report from before the start and from another thread is kept, too", "[core]") {
  test::TempDir dir;
  Agent agent("early-agent", "1.0.0");
  agent.spool_reports();
  CHECK(agent.report(Sample{1, ""}) == std::string(R"({"type":1201,"sample":{"count":1}})").size());
  TestServer server(agent, settings(dir));
  CHECK(counts(server) == up_to(1));
  CHECK(server.report_texts().front() == R"({"rseq":1,"type":1201,"sample":{"count":1}})");
}

TEST_CASE("Only an agent with a spool names the capability and the spool's id", "[core]") {
  SpoolStage spooled;
  spooled.stage.play([](Stage& stage) -> Task<> {
    wire::Handshake answer = accepted({});
    Socket socket = co_await stage.server.welcome(answer);
    const wire::Come& come = stage.server.come;
    CHECK(come.report_spool.size() == 16);
    CHECK(std::count(come.caps.begin(), come.caps.end(), "reports") == 1);
  });
  Stage plain;
  plain.play([](Stage& stage) -> Task<> {
    Socket socket = co_await stage.server.welcome();
    const wire::Come& come = stage.server.come;
    CHECK(come.report_spool.empty());
    CHECK(std::count(come.caps.begin(), come.caps.end(), "reports") == 0);
  });
}

TEST_CASE("Numbered reports come again in the next session until they are acknowledged", "[core]") {
  SpoolStage spooled;
  spooled.stage.play([](Stage& stage) -> Task<> {
    wire::Handshake answer = accepted({"reports"});
    Socket socket = co_await stage.server.welcome(answer);
    co_await stage.until_connected();
    for (std::uint64_t i = 1; i <= 5; ++i) stage.agent.report(Sample{i, ""});
    for (std::uint64_t i = 1; i <= 5; ++i) {
      Envelope message = co_await receive(socket.get());
      CHECK(rseq(message) == i);
    }
    socket->send(encode_message(wire::Reported{3}));
    core::AgentState& state = core::state_of(stage.agent);
    const std::function<bool()> is_taken = [&state] { return state.runtime->reports().first() == 4; };
    co_await stage.until(is_taken);
    socket.reset();
    socket = co_await stage.server.welcome(answer);
    for (std::uint64_t i = 4; i <= 5; ++i) {
      Envelope message = co_await receive(socket.get());
      CHECK(rseq(message) == i);
      CHECK(message.payload<Sample>().count == i);
    }
  });
}

TEST_CASE("No more than 64 reports are under way without an acknowledgement", "[core]") {
  SpoolStage spooled;
  spooled.stage.play([](Stage& stage) -> Task<> {
    for (std::uint64_t i = 1; i <= 200; ++i) stage.agent.report(Sample{i, ""});
    wire::Handshake answer = accepted({"reports"});
    Socket socket = co_await stage.server.welcome(answer);
    std::uint64_t taken = 0;
    while (taken < 200) {
      const std::uint64_t enough = std::min<std::uint64_t>(taken + 64, 200);
      while (taken < enough) {
        Envelope message = co_await receive(socket.get());
        CHECK(rseq(message) == ++taken);
      }
      // A self-report follows everything that was sent: nothing of the spool is before it.
      stage.agent.send(Sample{1000 + taken, ""});
      Envelope message = co_await receive(socket.get());
      CHECK(message.payload<Sample>().count == 1000 + taken);
      socket->send(encode_message(wire::Reported{taken}));
    }
  });
}

TEST_CASE("Toward a server without the capability reports have no number and leave when written", "[core]") {
  SpoolStage spooled;
  spooled.stage.play([](Stage& stage) -> Task<> {
    for (std::uint64_t i = 1; i <= 300; ++i) stage.agent.report(Sample{i, ""});
    Socket socket = co_await stage.server.welcome();
    for (std::uint64_t i = 1; i <= 300; ++i) {
      Envelope message = co_await receive(socket.get());
      CHECK(rseq(message) == 0);
      CHECK(message.payload<Sample>().count == i);
    }
    core::AgentState& state = core::state_of(stage.agent);
    CHECK(state.runtime->reports().first() == 301);
  });
}

TEST_CASE("An acknowledgement of what was never sent is not believed", "[core]") {
  SpoolStage spooled;
  spooled.stage.play([](Stage& stage) -> Task<> {
    wire::Handshake answer = accepted({"reports"});
    Socket socket = co_await stage.server.welcome(answer);
    co_await stage.until_connected();
    socket->send(encode_message(wire::Reported{99}));
    socket->send(R"({"type":10105,"reported":{"rseq":"x"}})");
    co_await stage.until_counted(&stage.counters().bad_messages, 1);
    stage.agent.report(Sample{1, ""});
    Envelope message = co_await receive(socket.get());
    CHECK(rseq(message) == 1);
    core::AgentState& state = core::state_of(stage.agent);
    CHECK(state.runtime->reports().first() == 1);
  });
}

TEST_CASE("repeat() begins after its own time and ends with its handle", "[core]") {
  Agent agent("repeating-agent", "1.0.0");
  int calls = 0;
  std::shared_ptr<void> handle;
  CHECK_THROWS_AS(agent.repeat(std::chrono::seconds(1), std::chrono::seconds(1), [] {}), Error);
  agent.on_start(
      [&] { handle = agent.repeat(std::chrono::seconds(2), std::chrono::seconds(10), [&] { ++calls; }); });
  {
    TestServer server(agent);
    server.advance(std::chrono::milliseconds(1999));
    CHECK(calls == 0);
    server.advance(std::chrono::milliseconds(1));
    CHECK(calls == 1);
    server.advance(std::chrono::seconds(30));
    CHECK(calls == 4);
    handle.reset();
    server.advance(std::chrono::seconds(30));
    CHECK(calls == 4);
    agent.post([&] {
      handle = agent.repeat(std::chrono::seconds(0), std::chrono::seconds(10), [&] {
        ++calls;
        handle.reset();  // its last call
      });
    });
    server.advance(std::chrono::seconds(30));
    CHECK(calls == 5);
    agent.post([&] { handle = agent.repeat(std::chrono::seconds(1), std::chrono::seconds(1), [] {}); });
    server.advance(std::chrono::seconds(0));
  }
  handle.reset();  // outlives what it ran on
}

TEST_CASE("keep_setting changes one line of the file, and needs one", "[core]") {
  test::TempDir dir;
  const std::string path =
      dir.write("agent.conf", "basic.server = 127.0.0.1:1\n# mine\ntask.jobs = static # all\n");
  Agent agent("keeping-agent", "1.0.0");
  CHECK_THROWS_AS(agent.keep_setting("task.jobs", "usage"), Error);
  agent.load(path);
  agent.keep_setting("task.jobs", "usage,temps");
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == "basic.server = 127.0.0.1:1\n# mine\ntask.jobs = usage,temps # all\n");
}
