#include <csignal>
#include <thread>
#include <vector>

#include "agent/wire/logs.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using std::chrono::seconds;

namespace {

constexpr const char* kUnknownTid = "agent_server_replies_dropped_total{reason=\"unknown_tid\"}";

// A foo over HTTP to an agent in the test's hands.
struct Asked {
  explicit Asked(Scene& scene, const std::string& id = "wire-1") : http(scene.server.client()) {
    http.send_request("GET", "/api/foo/" + id);
  }
  std::string code() { return json_at(body(), "code"); }
  std::string msg() { return json_at(body(), "msg"); }
  const std::string& body() {
    if (body_.empty()) body_ = http.read_reply().body;
    return body_;
  }

  HttpClient http;

 private:
  std::string body_;
};

std::string receive_tid(WireAgent& agent, int type = agent::wire::Foo::message.type) {
  return std::string(agent::Envelope::parse(agent.peer().receive_type(type)).tid());
}

int call_and_serve(Scene& scene, WireAgent& agent) {
  Asked asked(scene);
  agent.serve_foo();
  return std::stoi(asked.code());
}

}  // namespace

TEST_CASE("A call whose agent is killed ends with a reason and not with success", "[system]") {
  const int signal_number = GENERATE(SIGKILL, SIGTERM);
  Scene scene;
  AgentProgram agent(scene.server.address(), "slow-1", "foo.delay = 1h\n");
  scene.server.wait_for_agent("slow-1");
  Asked asked(scene, "slow-1");
  wait_until("the call is on its way",
             [&] { return scene.server.metric("agent_server_messages_total{direction=\"out\"}") > 0.0; });
  agent.program().signal(signal_number);
  CHECK(asked.code() == "500");
  CHECK(asked.msg() != "");
  scene.server.wait_for_loss("slow-1");
  CHECK(scene.server.metric("agent_server_calls_total{result=\"disconnected\"}") == 1.0);
  scene.check_unharmed();
}

TEST_CASE("A call whose agent leaves at any step of its reply ends with a reason", "[system]") {
  Scene scene;
  const std::string reply = encode_frame({.payload = R"({"type":9,"tid":"x"})"}, true);
  for (std::size_t sent = 0; sent < reply.size(); sent += 3) {
    WireAgent agent = scene.agent();
    Asked asked(scene);
    receive_tid(agent);
    agent.peer().send_bytes(reply.substr(0, sent));
    sent % 2 == 0 ? agent.peer().close() : agent.peer().reset();
    CHECK(asked.code() == "500");
    CHECK(asked.msg() != "");
    scene.server.wait_for_loss("wire-1");
  }
  scene.check_unharmed();
}

TEST_CASE("Replies that come twice or for nobody are dropped and counted", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  Asked asked(scene);
  const std::string tid = receive_tid(agent);
  agent.peer().send(agent::wire::Bar{}, "20260301-00001-0000000000000000");
  agent.peer().send(agent::wire::Bar{}, tid);
  CHECK(asked.code() == "200");
  agent.peer().send(agent::wire::Bar{}, tid);
  wait_until("both are counted", [&] { return scene.server.metric(kUnknownTid) == 2.0; });
  CHECK(call_and_serve(scene, agent) == 200);
  scene.check_unharmed();
}

TEST_CASE("A reply after the time-out is dropped and counted, and the next call works", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/agents/wire-1/log/download?files=a.log&timeout=1");
  const std::string tid = receive_tid(agent, 10002);
  CHECK(json_at(http.read_reply().body, "code") == "504");
  agent.peer().send(agent::wire::LogDownloadInfo{}, tid);
  wait_until("it is counted", [&] { return scene.server.metric(kUnknownTid) == 1.0; });
  CHECK(call_and_serve(scene, agent) == 200);
  scene.check_unharmed();
}

TEST_CASE("A client that resets its connection in a call ends it, and nobody else notices", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  Asked asked(scene);
  const std::string tid = receive_tid(agent);
  asked.http.socket().reset();
  wait_until("the call is cancelled",
             [&] { return scene.server.metric("agent_server_calls_total{result=\"cancelled\"}") == 1.0; });
  agent.peer().send(agent::wire::Bar{}, tid);
  wait_until("its reply is dropped", [&] { return scene.server.metric(kUnknownTid) == 1.0; });
  CHECK(call_and_serve(scene, agent) == 200);
  scene.check_unharmed();
}

TEST_CASE("A client that has shut its sending half gets the answer to its call", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  Asked asked(scene);
  asked.http.socket().finish();
  agent.serve_foo();
  CHECK(asked.code() == "200");
  scene.check_unharmed();
}

TEST_CASE("A reply of another type is an error of the agent", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  Asked asked(scene);
  agent.peer().send(R"({"type":10001,"tid":")" + receive_tid(agent) + R"(","ls_log":{"files":null}})");
  CHECK(asked.code() == "500");
  CHECK(asked.msg() == "invalid message type: 10001");
  CHECK(call_and_serve(scene, agent) == 200);
}

TEST_CASE("An agent's error reply is passed on", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  Asked asked(scene);
  agent.peer().send(agent::encode_error("run, err=exit status 2", receive_tid(agent)));
  CHECK(asked.code() == "503");
  CHECK(asked.msg() == "run, err=exit status 2");
  CHECK(call_and_serve(scene, agent) == 200);
}

TEST_CASE("A reply without its payload is an error of the agent", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const std::string payload =
      GENERATE(as<std::string>{}, "", R"(,"ls_log":null)", R"(,"ls_log":{"files":7})", R"(,"ls_log":[])");
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/agents/wire-1/logs");
  agent.peer().send(R"({"type":10001,"tid":")" + receive_tid(agent, 10000) + "\"" + payload + "}");
  const std::string body = http.read_reply().body;
  CHECK(json_at(body, "code") == "500");
  CHECK(json_at(body, "msg") != "");
  scene.check_unharmed();
}

TEST_CASE("Many clients call one agent at once, and each call is answered", "[system]") {
  Scene scene;
  constexpr int kClients = 8;
  constexpr int kCalls = 50;
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      HttpClient http = scene.server.client();
      for (int call = 0; call < kCalls; ++call) {
        answered += json_at(http.get("/api/foo/bystander").body, "code") == "200" ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  CHECK(answered == kClients * kCalls);
  scene.check_unharmed();
}

TEST_CASE("Pipelined calls are answered in their order", "[system]") {
  Scene scene;
  HttpClient http = scene.server.client();
  for (int i = 0; i < 20; ++i)
    http.send_request("GET", i % 2 == 0 ? "/api/foo/bystander" : "/api/foo/nobody");
  for (int i = 0; i < 20; ++i) CHECK(json_at(http.read_reply().body, "code") == (i % 2 == 0 ? "200" : "404"));
}

TEST_CASE("A slow call does not hold up others to the same agent", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  Asked slow(scene);
  const std::string slow_tid = receive_tid(agent);
  CHECK(call_and_serve(scene, agent) == 200);
  agent.peer().send(agent::wire::Bar{}, slow_tid);
  CHECK(slow.code() == "200");
}
