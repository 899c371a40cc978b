#include <catch2/catch.hpp>

#include "tests/server/api_server.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::come_as;
using test::ScriptedAgent;
using test::stable;
using test::stay_silent;

namespace {

std::string call(ApiServer& server, std::string_view body, std::string_view id = "c-1") {
  return stable(server.request("POST", "/api/agents/" + std::string(id) + "/call", "", body).body);
}

// Answers 1001 with a 1002 that holds what it was sent, 1003 with an error.
bool greet(const agent::Envelope& message, const ScriptedAgent::Send& send) {
  std::string tid(message.tid());
  if (message.type() == 1001) {
    send(R"({"type":1002,"tid":")" + tid + R"(","bar":)" + message.root().find("foo").text() +
         R"(,"Tid":1})");
  } else if (message.type() == 1003) {
    send(agent::encode_error("no such room", tid));
  }
  return true;
}

}  // namespace

TEST_CASE("A call passes a message of a custom agent and its reply", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("c-1", "hello-agent"), greet);
  CHECK(call(server, R"({"type":1001,"foo":{"name":"wörld","n":[1,2.5,null]},"timeout":5})") ==
        R"({"code":200,"payload":{"type":1002,"bar":{"name":"wörld","n":[1,2.5,null]}}})");
}

TEST_CASE("What the caller says about tid and timeout does not reach the agent", "[server]") {
  ApiServer server;
  std::string seen;
  ScriptedAgent agent(server.port, come_as("c-1", "hello-agent"), [&](const auto& message, const auto& send) {
    seen = message.root().text();
    send(R"({"type":1002,"tid":")" + std::string(message.tid()) + "\"}");
    return true;
  });
  CHECK(call(server, R"({"tid":"mine","type":1001,"TIMEOUT":5,"a":1})") ==
        R"({"code":200,"payload":{"type":1002}})");
  CHECK_THAT(seen, !Catch::Contains("mine") && !Catch::Contains("TIMEOUT") && Catch::Contains("\"a\":1"));
}

TEST_CASE("An agent's error ends a call with 503", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("c-1", "hello-agent"), greet);
  CHECK(call(server, R"({"type":1003})") == R"({"code":503,"msg":"no such room"})");
}

TEST_CASE("A call that is not answered in time is 504", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("c-1", "hello-agent"), stay_silent);
  CHECK(call(server, R"({"type":1001,"timeout":1})") == R"({"code":504,"msg":"timeout"})");
}

TEST_CASE("A call needs a message object with a type of its own", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("c-1", "hello-agent"), greet);
  CHECK(call(server, "") == R"({"code":400,"msg":"bad param: EOF"})");
  CHECK(call(server, "[]") == R"({"code":400,"msg":"bad param: body: expected an object"})");
  for (const char* body :
       {"{", "{}", R"({"type":10})", R"({"type":10000})", R"({"type":"1001"})", R"({"type":1.5})",
        R"({"type":1001,"timeout":0})", R"({"type":1001,"timeout":3601})"}) {
    CHECK_THAT(call(server, body), Catch::StartsWith(R"({"code":400,"msg":)"));
  }
  std::string deep = R"({"type":1001,"foo":)" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  CHECK_THAT(call(server, deep), Catch::StartsWith(R"({"code":400,"msg":)"));
  CHECK(call(server, R"({"type":1001})", "nobody") == R"({"code":404,"msg":"not found: agent"})");
}

TEST_CASE("A call's body beyond a mebibyte is 413", "[server]") {
  ApiServer server;
  std::string body = R"({"type":1001,"foo":")" + std::string(1 << 20, 'x') + "\"}";
  test::HttpReply reply = server.request("POST", "/api/agents/c-1/call", "", body);
  CHECK(reply.status == 413);
  CHECK_THAT(reply.body, Catch::StartsWith(R"({"code":413,)"));
}

TEST_CASE("A call is in the audit log with its type and without its content", "[server]") {
  ApiServer server;
  ScriptedAgent agent(server.port, come_as("c-1", "hello-agent"), greet);
  call(server, R"({"type":1001,"foo":{"secret":"do not write"}})");
  server.wait_for_audit(
      R"("action":"call","who":"","from":"127.0.0.1","agent":"c-1","what":"type 1001","result":"ok"})");
  call(server, R"({"type":1003})");
  server.wait_for_audit(R"("what":"type 1003","result":"no such room"})");
  call(server, R"({"type":1001})", "nobody");
  server.wait_for_audit(R"("agent":"nobody","what":"type 1001","result":"not found: agent"})");
  CHECK_THAT(server.text_of("audit.log"), !Catch::Contains("do not write"));
}
