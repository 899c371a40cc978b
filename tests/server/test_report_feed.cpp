// Followers that are slower than their agent.
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "hub/report_feed.hpp"
#include "tests/server/rig.hpp"

using namespace server;

namespace {

agent::Envelope report(int number, std::size_t bytes = 0) {
  return agent::Envelope::parse(R"({"type":1100,"n":)" + std::to_string(number) + R"(,"x":")" +
                                std::string(bytes, 'x') + "\"}");
}

agent::Task<> too_slow(test::Rig& rig, std::size_t reports, std::size_t bytes, std::size_t kept) {
  ReportFeed& feed = rig.hub.at(rig.loop).reports();
  std::shared_ptr<Follower> follower = feed.follow("a");
  const auto soon = agent::Event::Clock::now() + std::chrono::seconds(15);
  for (std::size_t i = 0; i < reports; ++i) CHECK(feed.publish("a", report(1, bytes)));
  for (std::size_t i = 0; i < kept; ++i) {
    const auto notice = co_await follower->next(soon);
    REQUIRE(notice);
  }
  CHECK(follower->take_missed() == reports - kept);
  CHECK(follower->take_missed() == 0);
  CHECK(feed.publish("a", report(2)));  // there is room again
  const auto notice = co_await follower->next(soon);
  REQUIRE(notice);
  CHECK((*notice)->find("\"n\":2") != std::string::npos);
  const auto nothing = co_await follower->next(agent::Event::Clock::now());
  CHECK_FALSE(nothing);
}

}  // namespace

TEST_CASE("What waits for a follower is bounded, and what it misses is counted", "[server]") {
  test::Rig rig;
  SECTION("in reports") { rig.run(too_slow(rig, kReportsWaiting + 7, 0, kReportsWaiting)); }
  SECTION("in bytes") { rig.run(too_slow(rig, 20, kReportBytesWaiting / 4, 3)); }
  SECTION("but one report always has room") { rig.run(too_slow(rig, 2, 2 * kReportBytesWaiting, 1)); }
}

TEST_CASE("Reports of agents that nobody follows go nowhere", "[server]") {
  test::Rig rig;
  ReportFeed& feed = rig.hub.at(rig.loop).reports();
  CHECK_FALSE(feed.publish("a", report(1)));
  std::shared_ptr<Follower> follower = feed.follow("a");
  CHECK_FALSE(feed.publish("b", report(1)));
  CHECK(feed.publish("a", report(1)));
  follower.reset();
  CHECK_FALSE(feed.publish("a", report(1)));
}
