#include <vector>

#include "tests/system/scene.hpp"

using namespace test;
using agent::wire::Handshake;

TEST_CASE("An id that is in use by a live agent is refused to another one", "[system]") {
  Scene scene;
  WireAgent second(scene.server.port(), {.id = "bystander"});
  REQUIRE(second.upgrade() == 101);
  const Handshake answer = second.handshake();
  CHECK_FALSE(answer.ok);
  CHECK(answer.id == "");
  CHECK(answer.msg == "agent id conflict");
  CHECK(second.peer().is_closed_within(kPatience));
  scene.check_unharmed();
}

TEST_CASE("An id is one name for agents of all types", "[system]") {
  Scene scene;
  WireAgent other(scene.server.port(), {.id = "bystander", .type = "exec-agent"});
  REQUIRE(other.upgrade() == 101);
  CHECK(other.handshake().msg == "agent id conflict");
  scene.check_unharmed();
}

TEST_CASE("A session that answers nothing gives way to a newcomer of its id", "[system]") {
  Scene scene;
  WireAgent silent = scene.agent({.id = "twin"});
  WireAgent newcomer = scene.agent({.id = "twin"});
  CHECK(silent.peer().is_closed_within(kPatience));
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/twin");
  newcomer.serve_foo();
  CHECK(http.read_reply().status == 200);
  CHECK(scene.server.metric("agent_count") == 2.0);
  scene.check_unharmed();
}

TEST_CASE("An agent that returns takes its id over without being asked for a sign of life", "[system]") {
  Scene scene;
  WireAgent old = scene.agent({.id = "twin", .instance = "a1b2"});
  WireAgent returned = scene.agent({.id = "twin", .instance = "a1b2"});
  CHECK(old.peer().receive_frame().opcode == Opcode::close);  // and no ping before it
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/twin");
  returned.serve_foo();
  CHECK(http.read_reply().status == 200);
  scene.check_unharmed();
}

TEST_CASE("A session that was taken over does not take the new one along when it ends", "[system]") {
  Scene scene;
  WireAgent old = scene.agent({.id = "twin", .instance = "a1b2"});
  WireAgent returned = scene.agent({.id = "twin", .instance = "a1b2"});
  old.peer().receive_close();
  old.peer().close();
  CHECK(scene.server.has("twin"));
  returned.peer().close();
  scene.server.wait_for_loss("twin");
  scene.check_unharmed();
}

TEST_CASE("Agents beyond the connect limit are told when to come back, and come in then", "[system]") {
  ServerProgram server("connect_limit = 2\n");
  int refused = 0;
  for (int i = 0; i < 6; ++i) {
    WireAgent agent(server.port());
    if (agent.upgrade() == 101) continue;
    ++refused;
    CHECK(agent.upgrade_reply().status == 503);
    CHECK(agent.upgrade_reply().body == "rate limit");
    CHECK(std::stoi(std::string(agent.upgrade_reply().header("Retry-After"))) >= 1);
  }
  CHECK(refused > 0);
  AgentProgram agent(server.address(), "patient-1");
  agent.wait_for_session();
  CHECK(server.foo("patient-1") == 200);
  CHECK(server.metric("agent_server_connects_total{result=\"rate_limit\"}") >= 1.0);
}

TEST_CASE("Exactly one of several agents that claim one id at once gets it", "[system]") {
  ServerProgram server;
  std::vector<std::unique_ptr<AgentProgram>> agents;
  for (int i = 0; i < 4; ++i) agents.push_back(std::make_unique<AgentProgram>(server.address(), "wanted"));
  const auto count = [&](const std::string& text) {
    std::size_t with = 0;
    for (const auto& agent : agents) with += agent->program().count(text) > 0 ? 1u : 0u;
    return with;
  };
  wait_until("three conflicts", [&] { return count("agent id conflict") == 3; });
  CHECK(count("connected to ") == 1);
  CHECK(server.foo("wanted") == 200);
  CHECK(server.metric("agent_count") == 1.0);
}
