// Commands over several sessions with a server that knows the capability `ack`.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "agent/base64.hpp"
#include "agent/wire/exec.hpp"
#include "agent/wire/kept.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using agent::Envelope;
namespace wire = agent::wire;

namespace {

const std::string kTid = "20260301-00001-0123456789abcdef";

struct Meeting {
  WirePeer session;
  wire::Held held;
};

// The agent's next session.
Meeting meet(WireServer& server) {
  WirePeer session = server.upgraded();
  wire::Handshake answer = welcome(receive_come(session).id);
  answer.caps = {std::string(wire::kAckCapability)};
  session.send(answer);
  const Envelope held = Envelope::parse(session.receive_type(wire::Held::message.type));
  return {std::move(session), held.payload<wire::Held>()};
}

// A command that talks, waits until the test opens the gate, talks again and leaves a trace.
struct GatedCommand {
  GatedCommand() { REQUIRE(::mkfifo(dir.file("gate").c_str(), 0600) == 0); }

  wire::Exec exec() const {
    wire::Exec exec;
    exec.cmd = "echo before; cat " + dir.file("gate") + "; echo done >" + dir.file("trace") + "; exit 5";
    exec.pipes = true;
    return exec;
  }
  void open() const { std::ofstream(dir.file("gate")) << "after\n"; }

  TempDir dir;
};

Envelope receive(WirePeer& session, int type, std::uint64_t seq) {
  Envelope message = Envelope::parse(session.receive_type(type));
  CHECK(message.tid() == kTid);
  CHECK(message.seq() == seq);
  return message;
}

std::string output(const Envelope& message) {
  return agent::decode_base64(message.payload<wire::ExecData>().data);
}

}  // namespace

TEST_CASE("A command goes on in the next session where it was, and nothing is lost or doubled", "[system]") {
  const GatedCommand command;
  WireServer server;
  AgentProgram agent(server.address(), "exec-1", "", kExecAgentProgram);
  Meeting first = meet(server);
  CHECK(first.held.calls.empty());
  first.session.send(command.exec(), kTid);
  const std::int64_t pid = receive(first.session, 11, 1).payload<wire::Execd>().pid;
  CHECK(output(receive(first.session, 12, 2)) == "before\n");
  first.session.reset();
  command.open();

  Meeting second = meet(server);
  REQUIRE(second.held.calls.size() == 1);
  CHECK(second.held.calls[0].tid == kTid);
  CHECK(second.held.calls[0].first == 1);
  second.session.send(wire::Ack{1}, kTid);
  CHECK(output(receive(second.session, 12, 2)) == "before\n");
  CHECK(output(receive(second.session, 12, 3)) == "after\n");
  const Envelope end = receive(second.session, 13, 4);
  CHECK(end.payload<wire::ExecDone>().code == 5);
  CHECK(pid > 1);
}

TEST_CASE("A command that its server has given up runs to its end", "[system]") {
  const GatedCommand command;
  WireServer server;
  AgentProgram agent(server.address(), "exec-1", "", kExecAgentProgram);
  Meeting first = meet(server);
  first.session.send(command.exec(), kTid);
  receive(first.session, 11, 1);
  first.session.reset();
  Meeting second = meet(server);
  REQUIRE(second.held.calls.size() == 1);
  second.session.send(wire::Ack{0, true}, kTid);
  command.open();
  wait_until("the command is done", [&] { return read_file(command.dir.file("trace")) == "done\n"; });
}

TEST_CASE("A command that is asked for again after a lost session is not run twice", "[system]") {
  const GatedCommand command;
  WireServer server;
  AgentProgram agent(server.address(), "exec-1", "", kExecAgentProgram);
  Meeting first = meet(server);
  first.session.send(command.exec(), kTid);
  const std::int64_t pid = receive(first.session, 11, 1).payload<wire::Execd>().pid;
  first.session.reset();
  Meeting second = meet(server);
  second.session.send(command.exec(), kTid);
  second.session.send(wire::Ack{0}, kTid);
  CHECK(receive(second.session, 11, 1).payload<wire::Execd>().pid == pid);
  command.open();
  CHECK(output(receive(second.session, 12, 2)) == "before\n");
}
