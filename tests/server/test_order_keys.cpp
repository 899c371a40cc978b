#include <catch2/catch.hpp>
#include <string>

#include "api/order_keys.hpp"
#include "http/reply.hpp"
#include "tests/server/fake_exec_agent.hpp"
#include "tests/support/json_text.hpp"

using namespace server;
using Catch::Contains;
using test::ApiServer;
using test::ExecCall;
using test::FakeExecAgent;
using test::json_at;

namespace {

std::string order(const std::string& key) {
  return R"({"cmd":"touch x","result":false,"key":")" + key + "\"}";
}

}  // namespace

TEST_CASE("An order that comes twice under one key runs once and has one task", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) {
    self.started(call.tid);
    self.done(call.tid, 0, 0);
  });
  const auto run = [&](const std::string& body) {
    return json_at(server.request("POST", "/api/exec/x-1/run", {}, body).body, "payload.id");
  };
  const std::string first = run(order("a-1"));
  CHECK(first.size() > 10);
  CHECK(run(order("a-1")) == first);
  CHECK(agent.count_calls() == 1);
  CHECK(run(order("a-2")) != first);
  CHECK(run(order("")) != run(order("")));
  CHECK(agent.count_calls() == 4);
}

TEST_CASE("A key is plain, and is for orders that nobody waits for", "[server]") {
  ApiServer server;
  FakeExecAgent agent(server.port, [](const ExecCall& call, FakeExecAgent& self) { self.started(call.tid); });
  const auto answer = [&](const std::string& body) {
    return server.request("POST", "/api/exec/x-1/run", {}, body).body;
  };
  CHECK_THAT(answer(order("a b")), Contains("bad param: key: at most 64"));
  CHECK_THAT(answer(order(std::string(65, 'x'))), Contains("bad param: key: at most 64"));
  CHECK_THAT(answer(R"({"cmd":"x","key":"a"})"), Contains("only with"));
  CHECK(agent.count_calls() == 0);
}

TEST_CASE("Keys belong to a token and an agent, and the oldest are forgotten", "[server]") {
  OrderKeys keys;
  const OrderKeys::Order first{"ops", "x-1", "k"};
  keys.add(first, "t-1");
  CHECK(keys.find(first) == "t-1");
  CHECK_FALSE(keys.find({"other", "x-1", "k"}));
  CHECK_FALSE(keys.find({"ops", "x-2", "k"}));
  for (std::size_t i = 1; i < kOrderKeysKept; ++i) keys.add({"ops", "x-1", std::to_string(i)}, "t");
  CHECK(keys.find(first));
  keys.add({"ops", "x-1", "one more"}, "t");
  CHECK_FALSE(keys.find(first));
  CHECK(keys.find({"ops", "x-1", "1"}));
}
