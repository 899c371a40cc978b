#include <algorithm>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "tests/support/fault_proxy.hpp"
#include "tests/support/json_text.hpp"
#include "tests/system/scene.hpp"

using namespace test;
using std::chrono::milliseconds;

namespace {

constexpr unsigned kSeed = 20260301;
constexpr std::size_t kAgents = 10;  // that are in trouble at the same time
constexpr std::size_t kCuts = 4;     // that each of them has to survive

// Where a connection ends: somewhere in the upgrade (some 300 bytes up, 200 down), in the first messages
// (some 400 up, 60 down), or in the calls and reports behind them.
FaultPlan random_cut(std::minstd_rand& random) {
  FaultPlan plan;
  if (random() % 2 == 0) {
    plan.cut_up = 1 + random() % 1500;
  } else {
    plan.cut_down = 1 + random() % 500;
  }
  plan.reset = random() % 2 == 0;
  if (random() % 4 == 0) plan.piece = 1;
  return plan;
}

// An agent that reports all the time, and a line to the server of its own.
struct Troubled {
  Troubled(const ServerProgram& server, std::size_t number, std::function<FaultPlan()> plans)
      : id("troubled-" + std::to_string(number)), proxy(server.port()) {
    proxy.set_plans(std::move(plans));
    agent = std::make_unique<AgentProgram>(proxy.address(), id,
                                           "basic.monitor.enabled = true\nbasic.monitor.interval = 20ms\n");
  }
  Troubled(const ServerProgram& server, const FaultPlan& plan)
      : Troubled(server, 0, [plan] { return plan; }) {}

  std::string id;
  FaultProxy proxy;
  std::unique_ptr<AgentProgram> agent;
};

}  // namespace

TEST_CASE("Agents come back and answer wherever their connections are cut", "[system]") {
  Scene scene;
  std::vector<std::unique_ptr<Troubled>> all;
  for (std::size_t i = 0; i < kAgents; ++i) {
    const auto plans = [random = std::minstd_rand(kSeed + i)]() mutable { return random_cut(random); };
    all.push_back(std::make_unique<Troubled>(scene.server, i, plans));
  }
  HttpClient http = scene.server.client();
  const auto call_until_cut = [&] {
    for (auto& one : all) http.get("/api/foo/" + one->id);  // whatever becomes of it: it ends
    return std::ranges::all_of(all, [](const auto& one) { return one->proxy.accepted() > kCuts; });
  };
  wait_until("all cuts", call_until_cut);

  for (auto& one : all) one->proxy.set_plan({});
  for (auto& one : all) one->proxy.cut();
  for (auto& one : all) {
    wait_until(one->id + " answers", [&] { return scene.server.foo(one->id) == 200; });
    CHECK(one->agent->program().is_running());
  }
  CHECK(scene.server.metric("agent_count") == 1.0 + kAgents);
  scene.check_unharmed();
}

TEST_CASE("A connection that is cut at each byte of the handshake's answer leaves a working server",
          "[system]") {
  Scene scene;
  FaultProxy proxy(scene.server.port());
  const WireAgentOptions options{.id = "cut-1"};
  std::size_t answered = 0;
  for (std::size_t cut = 1; answered == 0; cut += 11) {
    proxy.set_plan({.cut_down = cut});
    WireAgent agent(proxy.port(), options);
    try {
      if (agent.upgrade() == 101) answered += agent.handshake().ok ? 1u : 0u;
    } catch (const std::exception&) {  // where the cut was
    }
    REQUIRE(cut < 2000);
  }
  scene.server.wait_for_loss("cut-1");
  scene.check_unharmed();
}

TEST_CASE("An agent is served over a line that passes one byte at a time", "[system]") {
  Scene scene;
  Troubled troubled(scene.server, {.piece = 1});
  scene.server.wait_for_agent(troubled.id);
  for (int i = 0; i < 5; ++i) CHECK(scene.server.foo(troubled.id) == 200);
  CHECK(troubled.agent->sessions() == 1);
  scene.check_unharmed();
}

TEST_CASE("An agent is served over a slow line", "[system]") {
  Scene scene;
  Troubled troubled(scene.server, {.delay = milliseconds(100)});
  scene.server.wait_for_agent(troubled.id);
  for (int i = 0; i < 5; ++i) CHECK(scene.server.foo(troubled.id) == 200);
  CHECK(troubled.agent->sessions() == 1);
  scene.check_unharmed();
}

TEST_CASE("HTTP clients on bad lines get their whole answer or none", "[system]") {
  Scene scene;
  FaultProxy proxy(scene.server.port());
  proxy.set_plan({.piece = 1});
  HttpClient slow(proxy.port());
  CHECK(json_at(slow.get("/api/foo/bystander").body, "code") == "200");

  const std::string whole = scene.server.get("/api/agents");
  for (std::size_t cut = 1; cut < whole.size() + 200; cut += 13) {
    proxy.set_plan({.cut_down = cut, .reset = cut % 2 == 0});
    HttpClient client(proxy.port());
    try {
      const HttpReply reply = client.get("/api/agents");
      CHECK(json_at(reply.body, "payload.0.id") == "bystander");
    } catch (const std::exception&) {  // where the cut was
    }
  }
  scene.check_unharmed();
}

TEST_CASE("A call over a line that dies under it ends with a reason", "[system]") {
  Scene scene;
  FaultProxy proxy(scene.server.port());
  WireAgent agent = WireAgent::connected(proxy.port());
  HttpClient http = scene.server.client();
  http.send_request("GET", "/api/foo/wire-1");
  agent.peer().receive_type(8);
  proxy.reset();
  const HttpReply reply = http.read_reply();
  CHECK(json_at(reply.body, "code") == "500");
  CHECK(json_at(reply.body, "msg") != "");
  scene.check_unharmed();
}
