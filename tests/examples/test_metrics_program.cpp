// The metrics-agent as it is built, with a server in the hands of the test.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/wire/control.hpp"
#include "agent/wire/metrics.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/wire_server.hpp"

using namespace agent;
using test::Program;
using test::WirePeer;
using test::WireServer;

namespace {

const std::string kProgram = test::built_program("metrics-agent");

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A configuration and a state directory.
struct Place {
  explicit Place(const WireServer& server)
      : conf(dir.write("agent.conf", "basic.id = m-1\nbasic.server = " + server.address() +
                                         "\n# mine\ntask.jobs = usage\ntask.usage.interval = 1s\n")) {}

  Program::Arguments arguments() const { return {"--conf", conf}; }
  Program::Environment environment() const { return {{"STATE_DIRECTORY", dir.file("state")}}; }

  test::TempDir dir;
  std::string conf;
};

struct Arrival {
  WirePeer peer;
  wire::Come come;
};

Arrival welcome(WireServer& server, std::vector<std::string> caps) {
  WirePeer peer = server.upgraded();
  wire::Come come = test::receive_come(peer);
  wire::Handshake answer = test::welcome("m-1");
  answer.caps = std::move(caps);
  peer.send(answer);
  return {std::move(peer), std::move(come)};
}

std::uint64_t rseq(const std::string& json) {
  const Envelope message = Envelope::parse(json);
  std::uint64_t number = 0;
  json::read(message.root().find("rseq"), number);
  return number;
}

}  // namespace

TEST_CASE("manifest.yaml and agent.conf of metrics-agent are what the program says", "[examples]") {
  CHECK(test::run_program(kProgram, {"manifest"}).second ==
        read_text(test::source_path("examples/metrics-agent/manifest.yaml")));
  const auto [code, output] = test::run_program(
      kProgram, {"validate", "--conf", test::source_path("examples/metrics-agent/agent.conf")});
  CHECK(code == 0);
  CHECK(output.find("is valid") != std::string::npos);
}

TEST_CASE("metrics-agent reports to an original server and changes its jobs for good", "[examples]") {
  WireServer server;
  const Place place(server);
  Program program(kProgram, place.arguments(), place.environment());
  Arrival arrival = welcome(server, {});
  CHECK(arrival.come.name == "metrics-agent");
  for (int i = 0; i < 2; ++i) {
    const std::string report = arrival.peer.receive_type(33);
    CHECK(report.find("rseq") == std::string::npos);
    CHECK(report.find("\"usage\":{") != std::string::npos);
  }
  arrival.peer.send(wire::CollectChange{{"temps", "conns"}, true}, "t-1");
  const std::string answer = arrival.peer.receive_type(35);
  CHECK(Envelope::parse(answer).payload<wire::CollectStatus>().jobs.size() == 2);
  CHECK(read_text(place.conf).find("\n# mine\ntask.jobs = conns,temps\ntask.usage.interval = 1s\n") !=
        std::string::npos);
  program.signal(SIGTERM);
  CHECK(program.wait() == 0);
}

TEST_CASE("What a killed metrics-agent was not rid of comes from the next one, under its numbers",
          "[examples]") {
  WireServer server;
  const Place place(server);
  std::string spool;
  {
    Program program(kProgram, place.arguments(), place.environment());
    Arrival arrival = welcome(server, {"reports"});
    spool = arrival.come.report_spool;
    CHECK(spool.size() == 16);
    for (std::uint64_t number = 1; number <= 3; ++number)
      CHECK(rseq(arrival.peer.receive_type(33)) == number);
    arrival.peer.send(wire::Reported{1});
    CHECK(rseq(arrival.peer.receive_type(33)) == 4);  // the acknowledgement has been read before
    program.signal(SIGKILL);
    program.wait();
  }
  Program program(kProgram, place.arguments(), place.environment());
  Arrival arrival = welcome(server, {"reports"});
  CHECK(arrival.come.report_spool == spool);
  for (std::uint64_t number = 2; number <= 4; ++number) CHECK(rseq(arrival.peer.receive_type(33)) == number);
  std::size_t spools = 0;
  for (const auto& entry : std::filesystem::directory_iterator(place.dir.file("state"))) {
    const std::string name = entry.path().filename().string();
    spools += name.starts_with("agent-") && name.ends_with(".spool") ? 1 : 0;
  }
  CHECK(spools == 1);
}
