#include <vector>

#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace {

constexpr const char* kBadMessages = "agent_server_bad_messages_total";

int call_and_serve(Scene& scene, WireAgent& agent) {
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/wire-1");
  agent.serve_foo();
  return std::stoi(json_at(http.read_reply().body, "code"));
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST_CASE("A message that cannot be read is counted and skipped, and the session goes on", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const std::vector<std::string> messages = {
      "",
      "hello",
      "{",
      "[]",
      "null",
      R"({"tid":"t-1"})",
      R"({"type":null})",
      R"({"type":9e99,"tid":"t-1"})",
      R"({"type":99999999999999999999})",
      R"({"type":9,"tid":7})",
      R"({"type":7})",
      R"({"type":7,"ai":null})",
      R"({"type":7,"ai":"well"})",
      R"({"type":7,"ai":{"ts":1.5}})",
      R"({"type":7,"ai":{"hi":-1}})",
      R"({"type":7,"ai":{"hi":1e400}})",
      R"({"type":7,"ai":{"x":)" + nested(10'000) + "}}",
      nested(10'000),
  };
  double count = 0;
  for (const std::string& message : messages) {
    INFO(message.substr(0, 60));
    agent.peer().send(message);
    wait_until("it is counted", [&] { return scene.server.metric(kBadMessages) == count + 1; });
    ++count;
  }
  CHECK(call_and_serve(scene, agent) == 200);
  scene.check_unharmed();
}

TEST_CASE("Reports that nobody knows are counted and change nothing", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  for (int type : {0, 1, 2, 8, 9, 999, -1, 2147483647})
    agent.peer().send("{\"type\":" + std::to_string(type) + "}");
  wait_until("they are counted",
             [&] { return scene.server.metric("agent_server_unknown_reports_total") >= 6.0; });
  CHECK(call_and_serve(scene, agent) == 200);
  scene.check_unharmed();
}

TEST_CASE("An agent that sends nothing but garbage is closed after a while", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  for (int i = 0; i < 1000 && agent.socket().try_send(encode_frame({.payload = "garbage"}, true)); ++i) {
  }
  CHECK(agent.peer().receive_close().starts_with("1008"));
  scene.server.wait_for_loss("wire-1");
  scene.check_unharmed();
}

TEST_CASE("Bytes that are not UTF-8 end the session", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent({.deflate = false});
  agent.peer().send_frame({.payload = "{\"type\":9,\"tid\":\"\xc3\x28\"}"});
  CHECK(agent.peer().receive_close().starts_with("1007"));
  scene.server.wait_for_loss("wire-1");
  scene.check_unharmed();
}

TEST_CASE("A deflate bomb ends its session before it takes the memory", "[system]") {
  Scene scene;
  const std::string bomb = deflated(std::string(500'000'000, ' '));
  const std::size_t before = scene.server.program().resident_bytes();
  std::vector<WireAgent> agents;
  for (int i = 0; i < 4; ++i) agents.push_back(scene.agent({.id = "bomb-" + std::to_string(i)}));
  for (WireAgent& agent : agents) agent.peer().send_frame({.payload = bomb, .rsv1 = true});
  for (WireAgent& agent : agents) CHECK(agent.peer().receive_close().starts_with("1009"));
  check_memory(scene.server.program(), before + 150'000'000);
  scene.check_unharmed();
}

TEST_CASE("A message that does not inflate ends its session", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  agent.peer().send_frame({.payload = std::string(1000, '\xff'), .rsv1 = true});
  CHECK(agent.peer().receive_close() != "");
  scene.server.wait_for_loss("wire-1");
  scene.check_unharmed();
}

TEST_CASE("A message beyond the limit ends its session, one below it is read", "[system]") {
  Scene scene("max_message = 64Ki\n");
  WireAgent agent = scene.agent({.deflate = false});
  const std::string text(60'000, 'x');
  agent.peer().send(R"({"type":7,"ai":{"v":")" + text + R"(","ts":3}})");
  const std::string series = "agent_info{agent_type=\"example-agent\",id=\"wire-1\",tag=\"threads\"}";
  wait_until("the report", [&] { return scene.server.metric(series) == 3.0; });
  agent.peer().send(R"({"type":7,"ai":{"v":")" + text + text + R"("}})");
  CHECK(agent.peer().receive_close().starts_with("1009"));
  scene.check_unharmed();
}

TEST_CASE("A message of 10,000 fragments is one message", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent({.deflate = false});
  std::string report = R"({"type":7,"ai":{"v":"1.0.0","ts":3}})";
  agent.peer().send_fragmented(report + std::string(20'000, ' '), 10'000);
  const std::string series = "agent_info{agent_type=\"example-agent\",id=\"wire-1\",tag=\"threads\"}";
  wait_until("the report", [&] { return scene.server.metric(series) == 3.0; });
  CHECK(call_and_serve(scene, agent) == 200);
  scene.check_unharmed();
}

TEST_CASE("Fragments without an end are held up to the limit and no further", "[system]") {
  Scene scene("max_message = 64Ki\n");
  WireAgent agent = scene.agent({.deflate = false});
  agent.peer().send_frame({.payload = "{", .fin = false});
  const std::string piece =
      encode_frame({.opcode = Opcode::continuation, .payload = std::string(1000, ' '), .fin = false}, true);
  for (int i = 0; i < 10'000 && agent.socket().try_send(piece); ++i) {
  }
  check_memory(scene.server.program(), 200'000'000);
  scene.server.wait_for_loss("wire-1");
  scene.check_unharmed();
}

TEST_CASE("A flood of pings is answered or ends its session, and others do not notice", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const std::string ping = encode_frame({.opcode = Opcode::ping, .payload = "are you there?"}, true);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += ping;
  bool open = true;
  for (int i = 0; i < 20 && open; ++i) {
    open = agent.socket().try_send(many);
    for (int j = 0; j < 1000 && open; ++j) open = agent.peer().receive_frame().opcode == Opcode::pong;
  }
  CHECK(open);
  scene.check_unharmed();
}

TEST_CASE("An agent that asks for pongs and reads none does not fill the server's memory", "[system]") {
  Scene scene;
  const std::size_t before = scene.server.program().resident_bytes();
  WireAgent agent = scene.agent();
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += encode_frame({.opcode = Opcode::ping, .payload = std::string(125, 'p')}, true);
  try {
    for (int i = 0; i < 1000 && agent.socket().try_send(many, std::chrono::seconds(1)); ++i) {
    }
  } catch (const TimedOut&) {  // nobody reads us any more: as good
  }
  check_memory(scene.server.program(), before + 64'000'000);
  scene.check_unharmed();
}
