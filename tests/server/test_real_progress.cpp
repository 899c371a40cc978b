// Replies that come one after the other: POST /api/agents/{id}/call with and without stream=1.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <future>
#include <string>

#include "tests/server/api_server.hpp"
#include "tests/server/real_agent.hpp"
#include "tests/support/stable.hpp"

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using test::ApiServer;
using test::come_as;
using test::RawClient;
using test::RealAgent;
using test::ScriptedAgent;
using test::stable;
using test::Step;
using test::Work;

namespace {

constexpr const char* kThreeSteps = R"({"type":1001,"work":{"steps":3}})";

agent::Task<> work(Work request, agent::Call call) {
  for (std::int64_t i = 1; i <= request.steps; ++i) {
    Step step{i};
    call.send(step);
    co_await agent::Agent::pause(1ms);
  }
}

agent::Task<> fail_after_two(Work, agent::Call call) {
  Step step{1};
  call.send(step);
  step.number = 2;
  call.send(step);
  throw std::runtime_error("no more paper");
  co_return;
}

struct Large {
  static constexpr agent::MessageKind message{1003, "large"};
  std::string text;
  static void fields(auto& field) { field("text", &Large::text); }
};

// Replies without end, for as long as somebody wants them.
agent::Task<> pour(std::promise<void>* ended, agent::Call call) {
  Large large;
  large.text = std::string(100'000, 'x');
  try {
    for (;;) {
      co_await call.room();
      call.send(large);
      co_await agent::Agent::pause(0ms);
    }
  } catch (const std::exception&) {
    ended->set_value();
    throw;
  }
}

void set_up_work(agent::Agent& agent) {
  agent.on<Work>([](Work request, agent::Call call) { return work(request, call); });
}

std::string call(ApiServer& server, std::string_view body, std::string_view query = {},
                 std::string_view headers = {}) {
  return server.request("POST", "/api/agents/real/call" + std::string(query), headers, body).body;
}

void send_streamed(RawClient& client, std::string_view body) {
  client.send("POST /api/agents/real/call?stream=1 HTTP/1.1\r\nHost: x\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
}

std::string reply_event(int number) {
  return "event: reply\ndata: {\"type\":1002,\"step\":{\"number\":" + std::to_string(number) + "}}\n\n";
}

}  // namespace

TEST_CASE("A call is answered by the last reply of its handler", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", set_up_work);
  CHECK(stable(call(server, kThreeSteps)) == R"({"code":200,"payload":{"type":1002,"step":{"number":3}}})");
  CHECK(stable(call(server, R"({"type":1001,"work":{"steps":2000}})")) ==
        R"({"code":200,"payload":{"type":1002,"step":{"number":2000}}})");
}

TEST_CASE("A call whose handler ends without a reply is answered without a payload", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", set_up_work);
  CHECK(stable(call(server, R"({"type":1001,"work":{"steps":0},"timeout":3600})")) == R"({"code":200})");
}

TEST_CASE("A call that keeps its replies is answered, and none of them stays at the agent", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent& agent) {
    agent.on<Work>([](Work request, agent::Call call) {
      call.keep();
      return work(request, call);
    });
  });
  CHECK(stable(call(server, kThreeSteps)) == R"({"code":200,"payload":{"type":1002,"step":{"number":3}}})");
  test::wait_until("all is acknowledged", [&] { return real.counters().kept_bytes.value() == 0; });
}

TEST_CASE("The replies of a call are events as they come, and the last one is followed by the end",
          "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", set_up_work);
  const test::HttpReply reply = server.request("POST", "/api/agents/real/call?stream=1", "", kThreeSteps);
  CHECK(reply.status == 200);
  CHECK_THAT(reply.head, Contains("Content-Type: text/event-stream\r\n") &&
                             Contains("Cache-Control: no-store\r\n") &&
                             Contains("X-Accel-Buffering: no\r\n"));
  CHECK(reply.body ==
        reply_event(1) + reply_event(2) + reply_event(3) + "event: end\ndata: {\"replies\":3}\n\n");
}

TEST_CASE("The replies of a call are lines of JSON for clients that ask for them", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", set_up_work);
  const test::HttpReply reply = server.request("POST", "/api/agents/real/call?stream=1",
                                               "Accept: application/x-ndjson\r\n", kThreeSteps);
  CHECK_THAT(reply.head, Contains("Content-Type: application/x-ndjson\r\n"));
  CHECK(reply.body ==
        "{\"event\":\"reply\",\"data\":{\"type\":1002,\"step\":{\"number\":1}}}\n"
        "{\"event\":\"reply\",\"data\":{\"type\":1002,\"step\":{\"number\":2}}}\n"
        "{\"event\":\"reply\",\"data\":{\"type\":1002,\"step\":{\"number\":3}}}\n"
        "{\"event\":\"end\",\"data\":{\"replies\":3}}\n");
}

TEST_CASE("What ends a call early ends its stream with an error", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent& agent) {
    agent.on<Work>([](Work request, agent::Call call) { return fail_after_two(request, call); });
  });
  CHECK(call(server, kThreeSteps, "?stream=1") ==
        reply_event(1) + reply_event(2) + "event: error\ndata: {\"code\":503,\"msg\":\"no more paper\"}\n\n");
  CHECK(call(server, R"({"type":4711})", "?stream=1") ==
        "event: error\ndata: {\"code\":424,\"msg\":\"the agent serves no messages of type 4711\"}\n\n");
  CHECK(stable(call(server, kThreeSteps)) == R"({"code":503,"msg":"no more paper"})");
}

TEST_CASE("What is wrong with a call is told before its stream begins", "[server]") {
  ApiServer server;
  const test::HttpReply reply = server.request("POST", "/api/agents/nobody/call?stream=1", "", kThreeSteps);
  CHECK(stable(reply.body) == R"({"code":404,"msg":"not found: agent"})");
  CHECK_THAT(stable(call(server, "{}", "?stream=1")), StartsWith(R"({"code":400,)"));
}

TEST_CASE("A stream says every now and then that it is alive, and ends with its agent", "[server]") {
  ApiServer server(100, test::shards(), {}, {}, {}, 10ms);
  const bool lines = GENERATE(false, true);
  RealAgent real(server.port, "real", [](agent::Agent& agent) {
    agent.on<Work>([](Work, agent::Call call) -> agent::Task<> {
      Step step{1};
      call.send(step);
      co_await agent::Agent::pause(1h);
    });
  });
  RawClient client(server.port);
  client.send("POST /api/agents/real/call?stream=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: " +
              std::string(lines ? "application/x-ndjson" : "*/*") +
              "\r\nContent-Length: 23\r\n\r\n{\"type\":1001,\"work\":{}}");
  client.read_until("\"number\":1}}");
  client.read_until(lines ? "{\"event\":\"wait\"}\n" : ":\n\n");
  real.stop();
  const std::string rest = client.read_all();
  CHECK_THAT(rest, Contains(lines ? R"({"event":"error","data":{"code":500,"msg":")"
                                  : "event: error\ndata: {\"code\":500,\"msg\":\""));
  CHECK_THAT(rest, EndsWith(lines ? "\"}}\n" : "\"}\n\n"));
  server.wait_for_audit(R"("action":"call","who":"","from":"127.0.0.1","agent":"real","what":"type 1001",)");
}

TEST_CASE("A client that follows too slowly loses its call, and holds nobody up", "[server]") {
  ApiServer server;
  std::promise<void> ended;
  RealAgent real(server.port, "real", [&ended](agent::Agent& agent) {
    agent.on<Work>([&ended](Work, agent::Call call) { return pour(&ended, call); });
  });
  RawClient client(server.port);
  send_streamed(client, R"({"type":1001,"work":{},"timeout":3600})");
  client.read_until("event: reply");
  REQUIRE(ended.get_future().wait_for(15s) == std::future_status::ready);
  CHECK(stable(call(server, R"({"type":4711})")) ==
        R"({"code":424,"msg":"the agent serves no messages of type 4711"})");
  CHECK_THAT(client.read_until("event: error\ndata: {\"code\":500,\"msg\":\"replies arrive faster"),
             EndsWith("replies arrive faster"));
}

TEST_CASE("An original's call is answered by its first reply, and its stream lasts to the timeout",
          "[server]") {
  ApiServer server;
  std::atomic<bool> sees_something_new{false};
  ScriptedAgent original(server.port, come_as("real", "custom-agent"),
                         [&](const auto& message, const auto& send) {
                           if (message.root().size() > 3) sees_something_new = true;  // type, tid, work
                           for (int i = 1; i <= 2; ++i) send(agent::encode_message(Step{i}, message.tid()));
                           return true;
                         });
  CHECK(stable(call(server, kThreeSteps)) == R"({"code":200,"payload":{"type":1002,"step":{"number":1}}})");
  CHECK(call(server, R"({"type":1001,"timeout":1})", "?stream=1") ==
        reply_event(1) + reply_event(2) + "event: error\ndata: {\"code\":504,\"msg\":\"timeout\"}\n\n");
  CHECK_FALSE(sees_something_new);
}
