#include "core/reconnect.hpp"

#include <catch2/catch.hpp>

using namespace agent;
using core::Reconnect;
using namespace std::chrono_literals;

namespace {

// A plan whose back-off always draws the same: 0.5 makes pauses of 500 ms, 1 s, 2 s, then 4 s.
struct Plan : Reconnect {
  explicit Plan(std::vector<std::string> servers, double random = 0.5)
      : Reconnect(std::move(servers), Backoff([random] { return random; })) {}

  // "server@milliseconds from the start", and time passes until then.
  std::string step() {
    Attempt attempt = next(now);
    now = attempt.at;
    return attempt.server + "@" + std::to_string((now - Time{}) / 1ms);
  }

  Time now{};
};

}  // namespace

TEST_CASE("The first attempt is immediate, the pauses after it grow", "[core]") {
  Plan plan({"a:1"});
  CHECK(plan.step() == "a:1@0");
  CHECK(plan.step() == "a:1@500");
  CHECK(plan.step() == "a:1@1500");
  CHECK(plan.step() == "a:1@3500");
  CHECK(plan.step() == "a:1@7500");
  CHECK(plan.step() == "a:1@11500");
}

TEST_CASE("Several servers are tried in order, with a pause after the last", "[core]") {
  Plan plan({"a:1", "b:2", "c:3"});
  CHECK(plan.step() == "a:1@0");
  CHECK(plan.step() == "b:2@0");
  CHECK(plan.step() == "c:3@0");
  CHECK(plan.step() == "a:1@500");
  CHECK(plan.step() == "b:2@500");
}

TEST_CASE("A server that said when to come back is left alone until then", "[core]") {
  Plan plan({"a:1", "b:2"});
  CHECK(plan.step() == "a:1@0");
  plan.refused(plan.now, 2s);
  CHECK(plan.step() == "b:2@0");
  CHECK(plan.step() == "b:2@500");
  CHECK(plan.step() == "b:2@1500");
  CHECK(plan.step() == "a:1@3500");
}

TEST_CASE("When all servers said when to come back, the first of them is waited for", "[core]") {
  Plan plan({"a:1", "b:2"});
  plan.step();
  plan.refused(plan.now, 30s);
  plan.step();
  plan.refused(plan.now, 20s);
  CHECK(plan.step() == "b:2@20500");
  CHECK(plan.step() == "b:2@21500");
}

TEST_CASE("A refusal without a time is a failed attempt", "[core]") {
  Plan plan({"a:1"});
  plan.step();
  plan.refused(plan.now, std::nullopt);
  CHECK(plan.step() == "a:1@500");
}

TEST_CASE("A server cannot send the agent away for longer than an hour", "[core]") {
  Plan plan({"a:1"});
  plan.step();
  plan.refused(plan.now, 24h);
  CHECK(plan.step() == "a:1@3600500");
}

TEST_CASE("A redirect's servers are tried at once and in order, then the configured ones", "[core]") {
  Plan plan({"a:1", "b:2"});
  plan.step();
  plan.redirected({"x:8", "y:9"});
  CHECK(plan.step() == "x:8@0");
  CHECK(plan.step() == "y:9@0");
  CHECK(plan.step() == "a:1@500");
  CHECK(plan.step() == "b:2@500");
}

TEST_CASE("Servers that redirect in a circle get pauses", "[core]") {
  Plan plan({"a:1"});
  plan.step();
  for (int i = 0; i < core::kMaxRedirects; ++i) {
    plan.redirected({"a:1"});
    CHECK(plan.step() == "a:1@0");
  }
  plan.redirected({"a:1"});
  CHECK(plan.step() == "a:1@500");
}

TEST_CASE("After a session the configured servers are tried again, after a jittered pause", "[core]") {
  Plan plan({"a:1", "b:2"});
  plan.step();
  plan.step();
  plan.step();  // 500
  plan.ended(plan.now, 1h);
  CHECK(plan.step() == "a:1@1000");
  CHECK(plan.step() == "b:2@1000");
}

TEST_CASE("Sessions that end at once do not restart the pauses", "[core]") {
  Plan plan({"a:1"});
  CHECK(plan.step() == "a:1@0");
  plan.ended(plan.now, 10ms);
  CHECK(plan.step() == "a:1@500");
  plan.ended(plan.now, 10ms);
  CHECK(plan.step() == "a:1@1500");
  plan.ended(plan.now, core::kProvenSession);
  CHECK(plan.step() == "a:1@2000");
}

TEST_CASE("A session that ends with a redirect goes there after a pause", "[core]") {
  Plan plan({"a:1"});
  plan.step();
  plan.ended(plan.now, 1h, {"x:8"});
  CHECK(plan.step() == "x:8@500");
  CHECK(plan.step() == "a:1@1500");
}

TEST_CASE("Agents that draw differently come back at different times", "[core]") {
  Plan early({"a:1"}, 0.0);
  Plan late({"a:1"}, 0.999);
  early.step();
  late.step();
  CHECK(early.step() == "a:1@0");
  CHECK(late.step() == "a:1@999");
}
