#include <catch2/catch.hpp>
#include <future>

#include "tests/support/wire_agent.hpp"
#include "tests/support/wire_server.hpp"

using namespace test;

namespace {

struct Pair {
  explicit Pair(bool deflate) {
    auto accepted = std::async(std::launch::async, [this] { return server.connected("given-1"); });
    agent.emplace(WireAgent::connected(server.port(), {.deflate = deflate}));
    other.emplace(accepted.get());
  }

  WireServer server;
  std::optional<WireAgent> agent;
  std::optional<WirePeer> other;
};

}  // namespace

TEST_CASE("A wire agent and a wire server understand each other", "[support]") {
  const bool deflate = GENERATE(false, true);
  Pair pair(deflate);
  CHECK(pair.agent->peer().is_deflated() == deflate);

  pair.other->send(agent::wire::Foo{}, "20260301-00042-0f3c9a7712bd44e1");
  CHECK(pair.agent->serve_foo() == "20260301-00042-0f3c9a7712bd44e1");
  CHECK(pair.other->receive() == R"({"type":9,"tid":"20260301-00042-0f3c9a7712bd44e1"})");

  const std::string long_text(300'000, 'z');
  pair.other->send(long_text);
  CHECK(pair.agent->peer().receive() == long_text);
}

TEST_CASE("Fragments with a ping in between are one message", "[support]") {
  Pair pair(false);
  pair.agent->peer().send_fragmented("abcdefghij", 4);
  CHECK(pair.other->receive() == "abcdefghij");
}

TEST_CASE("A refused upgrade shows its status and text", "[support]") {
  WireServer server;
  auto refusal = std::async(std::launch::async, [&] { refuse(server.accept(), 503, "rate limit"); });
  WireAgent agent(server.port());
  CHECK(agent.upgrade() == 503);
  CHECK(agent.upgrade_reply().body == "rate limit");
}
