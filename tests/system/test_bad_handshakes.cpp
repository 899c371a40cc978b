#include <vector>

#include "tests/system/scene.hpp"

using namespace test;
using agent::wire::Come;
using agent::wire::Handshake;

namespace {

struct Bad {
  std::string name;
  std::string text;  // of the first message
};

std::string come_with(const std::string& member) {
  return R"({"type":1,"come":{"id":"bad-1","name":"example-agent","version":"1.2.0",)" + member + "}}";
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::vector<Bad> bad_first_messages() {
  return {
      {"nothing in it", ""},
      {"no JSON", "hello"},
      {"half of it", R"({"type":1,"come":{"id":)"},
      {"something behind it", come_with(R"("os":"linux")") + " {}"},
      {"no object", "[1,2,3]"},
      {"no type", R"({"come":{"id":"bad-1","name":"example-agent"}})"},
      {"a type in quotes", R"({"type":"1","come":{"id":"bad-1"}})"},
      {"a type with a fraction", R"({"type":1.0,"come":{"id":"bad-1"}})"},
      {"another type", R"({"type":9,"tid":"t-1"})"},
      {"a report", R"({"type":7,"ai":{}})"},
      {"no payload", R"({"type":1})"},
      {"a null payload", R"({"type":1,"come":null})"},
      {"a payload of another kind", R"({"type":1,"come":"me"})"},
      {"a zone in the IP", come_with(R"("ip":"fe80::1%eth0")")},
      {"an IP that is none", come_with(R"("ip":"localhost")")},
      {"a number for a name", R"({"type":1,"come":{"id":"bad-1","name":7}})"},
      {"a number in quotes", come_with(R"("memory":"8")")},
      {"a negative size", come_with(R"("memory":-1)")},
      {"a number beyond 64 bits", come_with(R"("memory":99999999999999999999)")},
      {"a number beyond everything", come_with(R"("memory":1e999)")},
      {"a number of 5,000 digits", come_with("\"memory\":" + std::string(5000, '9'))},
      {"10,000 levels", come_with("\"memory\":" + nested(10'000))},
      {"10,000 levels of unknown members", come_with("\"x\":" + nested(10'000))},
      {"10,000 levels of nothing", nested(10'000)},
      {"1 MB", come_with("\"cpu\":\"" + std::string(1'000'000, 'x') + "\"")},
      {"an id with a slash", R"({"type":1,"come":{"id":"a/b","name":"example-agent"}})"},
      {"an id with a line end", R"({"type":1,"come":{"id":"a\nb","name":"example-agent"}})"},
      {"an id with a NUL", R"({"type":1,"come":{"id":"a\u0000b","name":"example-agent"}})"},
      {"an id of 10 kB",
       R"({"type":1,"come":{"id":")" + std::string(10'000, 'i') + R"(","name":"example-agent"}})"},
  };
}

}  // namespace

TEST_CASE("A first message that is wrong is refused with a reason", "[system]") {
  Scene scene;
  for (const Bad& bad : bad_first_messages()) {
    INFO(bad.name);
    WireAgent agent(scene.server.port(), {.id = "bad-1"});
    REQUIRE(agent.upgrade() == 101);
    agent.peer().send(bad.text);
    const auto answer = agent::Envelope::parse(agent.peer().receive());
    REQUIRE(answer.type() == Handshake::message.type);
    CHECK_FALSE(answer.payload<Handshake>().ok);
    CHECK(answer.payload<Handshake>().msg != "");
    CHECK(agent.peer().is_closed_within(kPatience));
  }
  CHECK(scene.server.metric("agent_count") == 1.0);
  scene.check_unharmed();
}

TEST_CASE("A first message as Go and others may write it is accepted", "[system]") {
  Scene scene;
  const std::vector<Bad> good = {
      {"a line end behind it", come_with(R"("os":"linux")") + "\n"},
      {"unknown members", come_with(R"("new":{"a":[1,2,{}]},"ip":"")")},
      {"nulls", come_with(R"("os":null,"ip":null,"memory":null)")},
      {"another case of keys", R"({"Type":1,"Come":{"ID":"bad-1","NAME":"example-agent"}})"},
      {"HTML escapes",
       R"({"type":1,"come":{"id":"bad-1","name":"example-agent","cpu":"\u003cX\u0026Y\u003e"}})"},
      {"members twice", R"({"type":9,"type":1,"come":{"id":"x","id":"bad-1","name":"example-agent"}})"},
      {"invalid surrogates", come_with(R"("cpu":"\ud800")")},
      {"an IPv6 address", come_with(R"("ip":"2001:db8::1")")},
  };
  for (const Bad& one : good) {
    INFO(one.name);
    WireAgent agent(scene.server.port(), {.id = "bad-1"});
    REQUIRE(agent.upgrade() == 101);
    agent.peer().send(one.text);
    const auto answer = agent::Envelope::parse(agent.peer().receive()).payload<Handshake>();
    CHECK(answer.ok);
    CHECK(answer.id == "bad-1");
    agent.peer().close();
    scene.server.wait_for_loss("bad-1");
  }
  scene.check_unharmed();
}

TEST_CASE("Frames that break the WebSocket protocol end the connection with a close code", "[system]") {
  Scene scene;
  const std::string come = agent::encode_message(make_come({.id = "bad-1"}));
  const std::vector<Bad> frames = {
      {"1002: no mask", encode_frame({.payload = come}, false)},
      {"1002: a continuation of nothing",
       encode_frame({.opcode = Opcode::continuation, .payload = come}, true)},
      {"1002: an unknown opcode", encode_frame({.opcode = static_cast<Opcode>(3), .payload = come}, true)},
      {"1002: an unknown control", encode_frame({.opcode = static_cast<Opcode>(11)}, true)},
      {"1002: a ping of 200 bytes",
       encode_frame({.opcode = Opcode::ping, .payload = std::string(200, 'p')}, true)},
      {"1002: a ping in fragments", encode_frame({.opcode = Opcode::ping, .fin = false}, true)},
      {"1009: a length with the top bit",
       std::string("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14)},
      {"1009: a length of 2^62", std::string("\x81\xff\x40\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04", 14)},
      {"1007: not UTF-8", encode_frame({.payload = "{\"type\":1,\"come\":{\"id\":\"\xff\xfe\"}}"}, true)},
      {"1002: RSV1 without deflate", encode_frame({.payload = come, .rsv1 = true}, true)},
  };
  for (const Bad& bad : frames) {
    INFO(bad.name);
    WireAgent agent(scene.server.port(), {.id = "bad-1", .deflate = false});
    REQUIRE(agent.upgrade() == 101);
    agent.peer().send_bytes(bad.text);
    CHECK(agent.peer().receive_close().substr(0, 4) == bad.name.substr(0, 4));
  }
  scene.check_unharmed();
}

TEST_CASE("An agent that leaves at any byte of its handshake leaves nothing behind", "[system]") {
  Scene scene;
  WireAgentOptions options{.id = "cut-1"};
  const std::string upgrade = WireAgent(scene.server.port(), options).upgrade_request();
  const std::string come = encode_frame({.payload = agent::encode_message(make_come(options))}, true);
  const std::string all = upgrade + come;
  for (std::size_t size = 0; size < all.size(); size += 7) {
    TcpSocket socket = TcpSocket::connect(scene.server.port());
    socket.send(all.substr(0, size));
    size % 2 == 0 ? socket.close() : socket.reset();
  }
  for (int i = 0; i < 20; ++i) {  // right behind the last byte
    WireAgent agent(scene.server.port(), options);
    REQUIRE(agent.upgrade() == 101);
    agent.peer().send(make_come(options));
    i % 2 == 0 ? agent.peer().close() : agent.peer().reset();
  }
  wait_until("all are gone", [&] { return scene.server.metric("agent_count") == 1.0; });
  CHECK(scene.agent(options).peer().is_deflated());
  scene.check_unharmed();
}

TEST_CASE("A message behind the first one is read though the handshake was not answered yet", "[system]") {
  Scene scene;
  WireAgent agent(scene.server.port(), {.id = "eager-1"});
  REQUIRE(agent.upgrade() == 101);
  agent.peer().send(make_come({.id = "eager-1"}));
  agent.peer().send(R"({"type":7,"ai":{"v":"1.0.0","ts":3}})");
  const std::string series = "agent_info{agent_type=\"example-agent\",id=\"eager-1\",tag=\"threads\"}";
  wait_until("the report", [&] { return scene.server.metric(series) == 3.0; });
  scene.check_unharmed();
}
