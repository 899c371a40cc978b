// A real agent at a server that does everything wrong: it leaves, comes back, and serves the next session.
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "net/websocket_codec.hpp"
#include "tests/support/wire_server.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

struct Misdeed {
  std::string name;
  std::function<void(WireServer&)> commit;  // until the agent is without a session again
};

void answer_upgrade(WireServer& server, const std::string& reply) {
  WireServer::Visit visit = server.accept();
  visit.socket.try_send(reply);
  CHECK(visit.socket.is_closed_within(kPatience));
}

void send_bytes(WireServer& server, const std::string& bytes) {
  WirePeer session = server.connected();
  session.send_bytes(bytes);
  session.receive_close();
}

const std::string kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";

std::vector<Misdeed> in_the_upgrade() {
  return {
      {"another protocol", [](WireServer& s) { answer_upgrade(s, "SSH-2.0-OpenSSH_9.2\r\n"); }},
      {"a page", [](WireServer& s) { answer_upgrade(s, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"); }},
      {"a wrong key",
       [](WireServer& s) { answer_upgrade(s, kSwitching + "Sec-WebSocket-Accept: x\r\n\r\n"); }},
      {"no key", [](WireServer& s) { answer_upgrade(s, kSwitching + "\r\n"); }},
      {"a header without an end",
       [](WireServer& s) { answer_upgrade(s, kSwitching + "X: " + std::string(2'000'000, 'x')); }},
      {"a page without an end",
       [](WireServer& s) {
         answer_upgrade(
             s, "HTTP/1.1 500 Oops\r\nContent-Length: 99999999\r\n\r\n" + std::string(2'000'000, 'x'));
       }},
  };
}

std::vector<Misdeed> in_the_handshake() {
  const auto answer = [](const std::string& text) {
    return [text](WireServer& server) {
      WirePeer session = server.upgraded();
      receive_come(session);
      session.send(text);
      session.receive_close();
    };
  };
  return {
      {"garbage", answer("garbage")},
      {"another type", answer(R"({"type":8,"tid":"t-1"})")},
      {"no payload", answer(R"({"type":2})")},
      {"an id of another kind", answer(R"({"type":2,"handshake":{"ok":true,"id":7}})")},
      {"a refusal without a reason", answer(R"({"type":2,"handshake":{"ok":false,"id":"","msg":""}})")},
      {"a redirect to nowhere",
       answer(R"({"type":2,"handshake":{"ok":false,"redirect":["", ":", "x y", "%zz:1"]}})")},
  };
}

std::vector<Misdeed> in_the_session() {
  return {
      {"a masked frame", [](WireServer& s) { send_bytes(s, encode_frame({.payload = "{}"}, true)); }},
      {"an unknown opcode",
       [](WireServer& s) { send_bytes(s, encode_frame({.opcode = static_cast<Opcode>(3)}, false)); }},
      {"a frame of 2^62 bytes",
       [](WireServer& s) { send_bytes(s, std::string("\x81\x7f\x40\0\0\0\0\0\0\0", 10)); }},
      {"bytes that are not UTF-8",
       [](WireServer& s) { send_bytes(s, encode_frame({.payload = "\xff\xfe"}, false)); }},
      {"a deflate bomb",
       [](WireServer& s) {
         send_bytes(s,
                    encode_frame({.payload = deflated(std::string(200'000'000, ' ')), .rsv1 = true}, false));
       }},
      {"nothing but garbage",
       [](WireServer& s) {
         std::string garbage;
         for (int i = 0; i < 1000; ++i) garbage += encode_frame({.payload = "garbage"}, false);
         send_bytes(s, garbage);
       }},
      {"10,000 levels, again and again",
       [](WireServer& s) {
         std::string deep;
         for (int i = 0; i < 200; ++i) deep += encode_frame({.payload = std::string(10'000, '[')}, false);
         send_bytes(s, deep);
       }},
  };
}

// All agents at once: each waits a second or so before it comes back.
void check_survival(const std::vector<Misdeed>& misdeeds) {
  std::vector<std::unique_ptr<WireServer>> servers;
  std::vector<std::unique_ptr<AgentProgram>> agents;
  for (const Misdeed& misdeed : misdeeds) {
    servers.push_back(std::make_unique<WireServer>());
    agents.push_back(std::make_unique<AgentProgram>(servers.back()->address(), "victim-1"));
    INFO(misdeed.name);
    misdeed.commit(*servers.back());
  }
  for (std::size_t i = 0; i < misdeeds.size(); ++i) {
    INFO(misdeeds[i].name);
    WirePeer session = servers[i]->connected();
    session.send(agent::wire::Foo{}, "t-1");
    CHECK(session.receive_type(9) == R"({"type":9,"tid":"t-1"})");
    check_memory(agents[i]->program(), 200'000'000);
  }
}

}  // namespace

TEST_CASE("An agent survives every bad answer to its upgrade", "[system]") {
  check_survival(in_the_upgrade());
}

TEST_CASE("An agent survives every bad answer to its first message", "[system]") {
  check_survival(in_the_handshake());
}

TEST_CASE("An agent survives every bad message within a session", "[system]") {
  check_survival(in_the_session());
}
