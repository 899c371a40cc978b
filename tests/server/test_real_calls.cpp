// POST /api/agents/{id}/call with an agent of our own at the other end.
#include <catch2/catch.hpp>
#include <string>

#include "tests/server/api_server.hpp"
#include "tests/server/real_agent.hpp"
#include "tests/support/stable.hpp"

using test::ApiServer;
using test::RealAgent;
using test::stable;
using test::Step;
using test::Work;

namespace {

std::string call(ApiServer& server, std::string_view body) {
  return stable(server.request("POST", "/api/agents/real/call", "", body).body);
}

}  // namespace

TEST_CASE("A type that no handler of an agent serves is 424 at once", "[server]") {
  ApiServer server;
  RealAgent real(server.port, "real", [](agent::Agent& agent) {
    agent.on<Work>([](const Work& work) { return Step{work.steps}; });
  });
  CHECK(call(server, R"({"type":4711,"timeout":3600})") ==
        R"({"code":424,"msg":"the agent serves no messages of type 4711"})");
  CHECK(call(server, R"({"type":1001,"work":{"steps":3}})") ==
        R"({"code":200,"payload":{"type":1002,"step":{"number":3}}})");
}
