// Memory belongs to whom it was promised: what strangers and agents make a program hold by messages that they
// begin and do not end. 15 KB, deflated, are 15 MB of text: below max_message, so that only the other limits
// help.
#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/wire_server.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace {

constexpr std::size_t kSockets = 100;
constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kText = 15 * kMiB;
constexpr std::size_t kBudget = 64 * kMiB;  // the default of message_budget
// On each of two loops a text beside its copy while it grows, and what else 100 connections take.
constexpr std::size_t kAround = 4 * kText + 16 * kMiB;
const std::string kEverybody = "connect_limit = 10000\nthreads = 2\n";

// One frame, and no end: a block of RFC 1951 in which a space is followed by nothing but "the same again, 258
// times". Such a run has two bits.
Frame bomb() {
  const std::string head("\xec\xc1\x81\x00\x00\x00\x00\x80\x20\x95\xfd\x29\x17\xa9\x0a", 15);
  return {.payload = head + std::string(kText / 258 / 4, '\0'), .fin = false, .rsv1 = true};
}

std::string id_of(std::size_t number) { return "bomb-" + std::to_string(number); }

}  // namespace

TEST_CASE("Strangers who begin messages are lent no memory", "[system]") {
  Scene scene(kEverybody);
  const ExtraMemory memory(scene.server.program().pid());
  std::vector<WireAgent> strangers;
  for (std::size_t i = 0; i < kSockets; ++i) {
    strangers.emplace_back(scene.server.port(), WireAgentOptions{.id = id_of(i)});
    REQUIRE(strangers.back().upgrade() == 101);
    REQUIRE(strangers.back().peer().is_deflated());
    strangers.back().peer().send_frame(bomb());
  }
  for (WireAgent& stranger : strangers) {
    const auto answer = agent::Envelope::parse(stranger.peer().receive()).payload<agent::wire::Handshake>();
    CHECK_FALSE(answer.ok);
    CHECK(answer.msg == "the first message has more than 65536 bytes");
    CHECK(stranger.peer().receive_close().starts_with("1009"));
  }
  check_extra_memory(memory, 16 * kMiB);  // without the limit 1.5 GB
  scene.check_unharmed();
}

TEST_CASE("The unfinished messages of all agents share a budget", "[system]") {
  Scene scene(kEverybody);
  const ExtraMemory memory(scene.server.program().pid());
  std::vector<WireAgent> agents;
  for (std::size_t i = 0; i < kSockets; ++i) {
    agents.push_back(scene.agent({.id = id_of(i)}));
    agents.back().peer().send_frame(bomb());
  }
  const std::size_t survivors = kBudget / kText;  // at most
  wait_until("all but a few are gone",
             [&] { return *scene.server.metric("agent_count") <= 1.0 + static_cast<double>(survivors); });
  check_extra_memory(memory, kBudget + kAround);  // without the budget 1.5 GB

  std::size_t told = 0;  // others, on a busy machine, have been silent for too long meanwhile
  for (std::size_t i = 0; i < kSockets; ++i) {
    if (!scene.server.has(id_of(i))) told += agents[i].peer().receive_close().starts_with("1013") ? 1 : 0;
  }
  CHECK(told >= kSockets / 2);
  scene.check_unharmed();
}

TEST_CASE("A small budget has room for a large message still", "[system]") {
  Scene scene(kEverybody + "message_budget = 1\nmax_message = 1Mi\n");
  WireAgent agent = scene.agent();
  const std::string report = R"({"type":7,"ai":{"v":"1.0.0","ts":3}})";
  const std::string whole = deflated(report + std::string(kMiB - report.size(), ' '));
  agent.peer().send_frame({.payload = whole.substr(0, whole.size() - 1), .fin = false, .rsv1 = true});
  agent.peer().send_frame({.opcode = Opcode::ping});
  CHECK(agent.peer().receive_frame().opcode == Opcode::pong);  // the rest is read by itself
  agent.peer().send_frame({.opcode = Opcode::continuation, .payload = whole.substr(whole.size() - 1)});
  const std::string series = "agent_info{agent_type=\"example-agent\",id=\"wire-1\",tag=\"threads\"}";
  wait_until("the report", [&] { return scene.server.metric(series) == 3.0; });
  scene.check_unharmed();
}

TEST_CASE("A server that has not taken an agent is lent no memory by it", "[system]") {
  WireServer server;
  AgentProgram agent(server.address(), "victim-1");
  WirePeer peer = server.upgraded();
  receive_come(peer);
  const ExtraMemory memory(agent.program().pid());
  peer.send_frame(bomb());
  CHECK(peer.receive_close().starts_with("1009"));
  check_extra_memory(memory, 4 * kMiB);

  WirePeer session = server.connected();
  const std::string report(kMiB, ' ');
  session.send(report + agent::encode_message(agent::wire::Foo{}, "t-1"));
  CHECK(session.receive_type(9) == R"({"type":9,"tid":"t-1"})");
}

TEST_CASE("A ping between the fragments of a compressed message changes nothing, at both ends", "[system]") {
  const auto send_with_ping = [](WirePeer& peer, const std::string& text) {
    const std::string bytes = deflated(text);
    peer.send_frame({.payload = bytes.substr(0, 5), .fin = false, .rsv1 = true});
    peer.send_frame({.opcode = Opcode::ping, .payload = "p"});
    peer.send_frame({.opcode = Opcode::pong});
    peer.send_frame({.opcode = Opcode::continuation, .payload = bytes.substr(5)});
  };
  Scene scene;
  WireAgent agent = scene.agent();
  send_with_ping(agent.peer(), R"({"type":7,"ai":{"v":"1.0.0","ts":3}})");
  CHECK(agent.peer().receive_frame().payload == "p");
  const std::string series = "agent_info{agent_type=\"example-agent\",id=\"wire-1\",tag=\"threads\"}";
  wait_until("the report", [&] { return scene.server.metric(series) == 3.0; });

  WireServer server;
  const AgentProgram program(server.address(), "real-1");
  WirePeer session = server.connected();
  send_with_ping(session, agent::encode_message(agent::wire::Foo{}, "t-1"));
  CHECK(session.receive_type(9) == R"({"type":9,"tid":"t-1"})");
  scene.check_unharmed();
}
