#include <catch2/catch.hpp>

#include "http/upgrade.hpp"

using namespace server;

namespace {

agent::net::HttpHead go_agent() {
  agent::net::HttpHead head;
  head.method = "GET";
  head.target = "/ws/agent";
  head.upgrade = true;
  head.headers = {{"Host", "server:13081"},
                  {"Connection", "Upgrade"},
                  {"Upgrade", "websocket"},
                  {"Sec-WebSocket-Version", "13"},
                  {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  return head;
}

Reply refusal(const agent::net::HttpHead& head, const ListenerHooks& hooks = {}) {
  UpgradeAnswer answer = judge_upgrade(head, hooks, true);
  REQUIRE(std::holds_alternative<Reply>(answer));
  return std::get<Reply>(answer);
}

}  // namespace

TEST_CASE("An original's agent is upgraded", "[server]") {
  UpgradeAnswer answer = judge_upgrade(go_agent(), {}, true);
  REQUIRE(std::holds_alternative<Admitted>(answer));
  CHECK(std::get<Admitted>(answer).upgrade.accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("An upgrade without a key is 400 and takes no place in the bucket", "[server]") {
  agent::net::HttpHead head = go_agent();
  head.headers.pop_back();
  ListenerHooks hooks;
  hooks.admit = []() -> std::optional<std::chrono::seconds> {
    FAIL("asked for admission");
    return {};
  };
  CHECK(refusal(head, hooks).status == 400);
}

TEST_CASE("An agent without the enrollment token is refused", "[server]") {
  ListenerHooks hooks;
  hooks.enroll_token = [](std::string_view token) -> std::optional<std::string> {
    if (token == "let me in") return "rack-7";
    return std::nullopt;
  };
  agent::net::HttpHead head = go_agent();
  CHECK(refusal(head, hooks).status == 401);
  head.headers.emplace_back("Authorization", "Bearer wrong");
  CHECK(refusal(head, hooks).body == "unknown enrollment token");
  head.headers.back().second = "Bearer let me in";
  UpgradeAnswer answer = judge_upgrade(head, hooks, true);
  REQUIRE(std::holds_alternative<Admitted>(answer));
  CHECK(std::get<Admitted>(answer).grant.name() == "rack-7");
}

TEST_CASE("An agent beyond the rate is told when to come back", "[server]") {
  ListenerHooks hooks;
  hooks.admit = []() -> std::optional<std::chrono::seconds> { return std::chrono::seconds(3); };
  Reply reply = refusal(go_agent(), hooks);
  CHECK(reply.status == 503);
  CHECK(reply.body == "rate limit");
  CHECK(reply.headers[0] == std::pair<std::string, std::string>("Retry-After", "3"));
}
