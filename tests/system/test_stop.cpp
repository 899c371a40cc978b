#include <csignal>

#include "agent/wire/logs.hpp"
#include "tests/support/json_text.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using std::chrono::seconds;

namespace {

constexpr seconds kStopLimit{10};  // what agent-server promises for SIGTERM

}  // namespace

TEST_CASE("A server told to stop ends its calls with a reason and leaves with exit code 0", "[system]") {
  const int signal_number = GENERATE(SIGTERM, SIGINT);
  Scene scene;
  WireAgent agent = scene.agent();
  HttpClient idle = scene.server.client();
  CHECK(idle.get("/healthz").status == 200);
  HttpClient calling = scene.server.client();
  calling.send_request("GET", "/api/foo/wire-1");
  agent.peer().receive_type(8);

  scene.server.program().signal(signal_number);
  const HttpReply reply = calling.read_reply();
  CHECK(json_at(reply.body, "code") == "503");
  CHECK(json_at(reply.body, "msg") != "");
  CHECK_FALSE(reply.head.keep_alive);
  CHECK(idle.socket().is_closed_within(kStopLimit));
  CHECK(agent.peer().receive_close().starts_with("1001"));
  CHECK(scene.server.program().wait(kStopLimit) == 0);
  CHECK(scene.bystander.program().is_running());
}

TEST_CASE("A server stops in time however little its peers care", "[system]") {
  ServerProgram server;
  WireAgent deaf = WireAgent::connected(server.port());  // reads nothing, closes nothing
  HttpClient halfway = server.client();
  halfway.send_bytes("GET /api/agents HTTP/1.1\r\nHost:");
  TcpSocket mute = TcpSocket::connect(server.port());
  WireAgent nameless(server.port());
  REQUIRE(nameless.upgrade() == 101);

  server.program().signal(SIGTERM);
  CHECK(server.program().wait(kStopLimit) == 0);
}

TEST_CASE("A stopping server tells newcomers to come back", "[system]") {
  ServerProgram server;
  AgentProgram agent(server.address(), "again-1");
  agent.wait_for_session();
  server.program().signal(SIGTERM);
  CHECK(server.program().wait(kStopLimit) == 0);
  agent.program().wait_for("disconnected");
  server.start();
  server.wait_for_agent("again-1");
  CHECK(server.foo("again-1") == 200);
}

TEST_CASE("An agent told to stop leaves its session and ends with exit code 0", "[system]") {
  const int signal_number = GENERATE(SIGTERM, SIGINT);
  WireServer server;
  AgentProgram agent(server.address(), "leaving-1");
  WirePeer session = server.connected();
  agent.wait_for_session();
  agent.program().signal(signal_number);
  CHECK(session.receive_close().starts_with("1001"));
  CHECK(agent.program().wait(kStopLimit) == 0);
}

TEST_CASE("An agent stops in time wherever it is on its way to the server", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "leaving-1");
  const int step = GENERATE(0, 1, 2);
  WireServer::Visit visit = server.accept();  // 0: it waits for the answer to its upgrade
  std::optional<WirePeer> peer;
  if (step > 0) peer.emplace(agree(std::move(visit)));  // 1: for that to its first message
  if (step > 1) peer->close();                          // 2: for the time of the next attempt
  agent.program().signal(SIGTERM);
  CHECK(agent.program().wait(kStopLimit) == 0);
}

TEST_CASE("A second signal ends an agent at once that waits for the end of its session", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "leaving-1");
  WirePeer session = server.connected();
  agent.wait_for_session();
  agent.program().signal(SIGTERM);
  CHECK(session.receive_close().starts_with("1001"));  // it waits for ours, which does not come
  REQUIRE(agent.program().is_running());
  agent.program().signal(SIGTERM);
  CHECK(agent.program().wait(kStopLimit) == 128 + SIGTERM);
}

TEST_CASE("An agent in the middle of a call stops in time", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "leaving-1", "foo.delay = 1h\n");
  WirePeer session = server.connected();
  session.send(agent::wire::Foo{}, "t-1");
  session.send(agent::wire::LogListRequest{}, "t-2");
  session.receive_type(10001);  // so the foo has been read too
  agent.program().signal(SIGTERM);
  CHECK(agent.program().wait(kStopLimit) == 0);
}
