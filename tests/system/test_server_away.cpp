#include <csignal>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("Agents come back to a server that was killed and started again", "[system]") {
  ServerProgram server;
  AgentProgram one(server.address(), "one");
  AgentProgram two(server.address(), "two");
  for (std::size_t round = 1; round <= 2; ++round) {
    wait_until("both sessions", [&] { return one.sessions() == round && two.sessions() == round; });
    server.kill();
    wait_until("their end", [&] { return one.program().count("disconnected") == round; });
    server.start();
  }
  server.wait_for_agent("one");
  server.wait_for_agent("two");
  CHECK(server.foo("one") == 200);
  CHECK(server.foo("two") == 200);
  CHECK(one.program().is_running());
}

TEST_CASE("An agent started before its server waits for it", "[system]") {
  TcpListener reserved;
  const std::string address = "127.0.0.1:" + std::to_string(reserved.port());
  reserved.close();
  AgentProgram agent(address, "early");
  agent.program().wait_for("refused");
  WireServer server(reserved.port());
  WirePeer session = server.connected();
  session.send(agent::wire::Foo{}, "t-1");
  CHECK(session.receive_type(9) == R"({"type":9,"tid":"t-1"})");
}

TEST_CASE("An agent tries again after every kind of refusal", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "refused-1");
  refuse(server.accept(), 503, "rate limit");
  server.listener().accept().reset();
  {
    WirePeer session = server.upgraded();
    receive_come(session);
    session.send(refusal("agent id conflict"));
    session.close();
  }
  {
    WirePeer session = server.upgraded();  // what Go answers to a come it cannot read: nothing
    receive_come(session);
  }
  WirePeer session = server.connected();
  agent.wait_for_session();
  CHECK(agent.sessions() == 1);
  CHECK(agent.program().count("agent id conflict") == 1);
}

TEST_CASE("An agent does not come back before the time that the server names", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "patient-1");
  refuse(server.accept(), 503, "rate limit", "Retry-After: 3\r\n");
  CHECK_FALSE(server.listener().is_called_within(milliseconds(2500)));
  WirePeer session = server.connected();
}

TEST_CASE("An agent tries the servers of its list in their order", "[system]") {
  TcpListener nobody;
  const std::string dead = "127.0.0.1:" + std::to_string(nobody.port());
  nobody.close();
  WireServer second;
  WireServer third;
  AgentProgram agent(dead + ", " + second.address() + ", " + third.address(), "choosy-1");
  refuse(second.accept(), 503, "rate limit");
  WirePeer session = third.connected();
  agent.wait_for_session();
  CHECK(agent.sessions() == 1);
}

TEST_CASE("A redirect's servers are tried in order, then the configured one again", "[system]") {
  WireServer configured;
  TcpListener nobody;
  const std::string dead = "127.0.0.1:" + std::to_string(nobody.port());
  nobody.close();
  WireServer elsewhere;
  AgentProgram agent(configured.address(), "moved-1");
  {
    WirePeer session = configured.upgraded();
    receive_come(session);
    agent::wire::Handshake answer = refusal("go elsewhere");
    answer.redirect = {dead, elsewhere.address()};
    session.send(answer);
  }
  elsewhere.connected();  // and gone again
  WirePeer session = configured.connected();
  agent.program().wait_for("connected to " + configured.address());
  CHECK(agent.sessions() == 2);
}

TEST_CASE("A server that stops sends its agents to the servers it was told of", "[system]") {
  ServerProgram other;
  ServerProgram leaving("redirect = " + other.address() + "\n");
  AgentProgram agent(leaving.address(), "moved-2");
  leaving.wait_for_agent("moved-2");
  leaving.program().signal(SIGTERM);
  other.wait_for_agent("moved-2");
  CHECK(leaving.program().wait(seconds(10)) == 0);
  CHECK(other.foo("moved-2") == 200);
}

TEST_CASE("An agent comes back through a proxy whose server was restarted behind it", "[system]") {
  ServerProgram server;
  FaultProxy proxy(server.port());
  AgentProgram agent(proxy.address(), "behind-1");
  agent.wait_for_session();
  proxy.reset();
  agent.program().wait_for("disconnected");
  server.wait_for_agent("behind-1");
  server.kill();
  server.start();
  server.wait_for_agent("behind-1");
  CHECK(server.foo("behind-1") == 200);
}

TEST_CASE("A server that hears nothing of its agent's end takes the agent back at once", "[system]") {
  ServerProgram server;
  FaultProxy proxy(server.port());
  AgentProgram agent(proxy.address(), "half-1");
  agent.wait_for_session();
  proxy.drop_clients();  // the agent's side only
  wait_until("the second session", [&] { return agent.sessions() == 2; });
  CHECK(agent.program().count("agent id conflict") == 0);
  CHECK(server.foo("half-1") == 200);
  CHECK(server.metric("agent_server_connects_total{result=\"taken_over\"}") == 1.0);
}
