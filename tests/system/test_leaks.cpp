#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;

namespace {

constexpr int kCycles = 200;
constexpr int kCalls = 1000;
// Allocators keep what they had; a leak of a connection's 5 KB in each cycle would show.
constexpr double kGrowth = 1.25;
constexpr std::size_t kSlack = 1'000'000;

// What a program holds before it is put to work, and that it holds no more afterwards.
class Flat {
 public:
  explicit Flat(const Program& program)
      : program_(program), descriptors_(program.descriptors()), resident_(program.resident_bytes()) {}

  void check() const {
    wait_until("closed descriptors", [this] { return program_.descriptors() <= descriptors_; });
    check_memory(program_, static_cast<std::size_t>(kGrowth * static_cast<double>(resident_)) + kSlack);
  }

 private:
  const Program& program_;
  const std::size_t descriptors_;
  const std::size_t resident_;
};

void come_and_go(Scene& scene, int cycles) {
  for (int i = 0; i < cycles; ++i) {
    WireAgent agent = scene.agent({.id = "passing-" + std::to_string(i % 10), .instance = "same"});
    agent.peer().send(R"({"type":7,"ai":{"v":"1.0.0","ts":3}})");
    i % 2 == 0 ? agent.peer().close() : agent.peer().reset();
  }
  wait_until("they are gone", [&] { return scene.server.metric("agent_count") == 1.0; });
}

void call(Scene& scene, int calls) {
  HttpClient http = scene.server.client();
  for (int i = 0; i < calls; ++i) {
    const std::string id = i % 10 == 0 ? "nobody" : "bystander";
    const std::string code = json_at(http.get("/api/foo/" + id).body, "code");
    if (code != (i % 10 == 0 ? "404" : "200")) FAIL("call " << i << ": " << code);
  }
}

}  // namespace

TEST_CASE("Agents that come and go leave neither descriptors nor memory behind", "[system]") {
  Scene scene;
  come_and_go(scene, kCycles);  // what is allocated once
  const Flat server(scene.server.program());
  come_and_go(scene, kCycles);
  server.check();
  scene.check_unharmed();
}

TEST_CASE("Calls leave neither descriptors nor memory behind, on the server or the agent", "[system]") {
  Scene scene;
  call(scene, kCalls);
  const Flat server(scene.server.program());
  const Flat agent(scene.bystander.program());
  call(scene, kCalls);
  server.check();
  agent.check();
  scene.check_unharmed();
}

TEST_CASE("Clients that leave in the middle of calls leave nothing behind", "[system]") {
  Scene scene;
  WireAgent agent = scene.agent();
  const auto leave = [&](int times) {
    for (int i = 0; i < times; ++i) {
      HttpClient http = scene.server.client();
      http.send_request("GET", "/api/foo/wire-1");
      agent.peer().receive_type(8);
      http.socket().reset();
    }
  };
  const auto cancelled = [&] {
    return scene.server.metric("agent_server_calls_total{result=\"cancelled\"}");
  };
  leave(50);
  wait_until("the calls are cancelled", [&] { return cancelled() == 50.0; });
  const Flat server(scene.server.program());
  leave(50);
  wait_until("the calls are cancelled", [&] { return cancelled() == 100.0; });
  server.check();
  scene.check_unharmed();
}
