#include <catch2/catch.hpp>
#include <memory>
#include <set>
#include <string>

#include "agent/error.hpp"
#include "console/browser_sessions.hpp"

using namespace server;
using namespace std::chrono_literals;
using Time = BrowserSessions::Time;

namespace {

constexpr Time kBegin{};

struct Token {
  std::shared_ptr<Grant::Flag> revoked = std::make_shared<Grant::Flag>(false);
  Grant grant(const std::string& name = "ops") const { return {name, revoked}; }
};

}  // namespace

TEST_CASE("A session gives what its token gave, by an id that nobody can guess", "[server]") {
  BrowserSessions sessions;
  std::set<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.insert(sessions.sign_in(Grant("ops"), kBegin));
  CHECK(ids.size() == 20);
  for (const std::string& id : ids) {
    CHECK(id.size() == 64);
    const auto grant = sessions.find(id, kBegin);
    REQUIRE(grant);
    CHECK(grant->name() == "ops");
    CHECK_FALSE(grant->is_revoked());
  }
  CHECK_FALSE(sessions.find("", kBegin));
  CHECK_FALSE(sessions.find(std::string(64, '0'), kBegin));
}

TEST_CASE("A session that signs out is over, and so is what goes on for it", "[server]") {
  BrowserSessions sessions;
  const std::string id = sessions.sign_in(Grant("ops"), kBegin);
  const std::string other = sessions.sign_in(Grant("ops"), kBegin);
  const auto grant = sessions.find(id, kBegin);
  sessions.sign_out(id);
  CHECK(grant->is_revoked());
  CHECK_FALSE(sessions.find(id, kBegin));
  CHECK(sessions.find(other, kBegin));
}

TEST_CASE("A session lasts for its time however much it is used", "[server]") {
  BrowserSessions sessions;
  const std::string id = sessions.sign_in(Grant("ops"), kBegin);
  const auto grant = sessions.find(id, kBegin + kSessionLife - 1s);
  CHECK(grant);
  CHECK_FALSE(sessions.end_outdated(kBegin + kSessionLife - 1s));
  CHECK_FALSE(sessions.find(id, kBegin + kSessionLife));
  CHECK(sessions.end_outdated(kBegin + kSessionLife));
  CHECK(grant->is_revoked());
  CHECK(sessions.size() == 0);
}

TEST_CASE("The sessions of a token that is revoked are over at once", "[server]") {
  BrowserSessions sessions;
  const Token token;
  const Token other;
  const std::string id = sessions.sign_in(token.grant(), kBegin);
  const std::string kept = sessions.sign_in(other.grant(), kBegin);
  const auto grant = sessions.find(id, kBegin);
  token.revoked->store(true);
  CHECK_FALSE(sessions.find(id, kBegin));
  CHECK(sessions.end_outdated(kBegin));
  CHECK(grant->is_revoked());
  CHECK(sessions.find(kept, kBegin));
}

TEST_CASE("A token has so many sessions, and the next one ends its oldest", "[server]") {
  BrowserSessions sessions;
  const std::string other = sessions.sign_in(Grant("other"), kBegin);
  const std::string first = sessions.sign_in(Grant("ops"), kBegin);
  const std::string second = sessions.sign_in(Grant("ops"), kBegin + 1s);
  const auto grant = sessions.find(first, kBegin);
  for (std::size_t i = 2; i < kSessionsPerName; ++i) sessions.sign_in(Grant("ops"), kBegin + 2s);
  CHECK(sessions.find(first, kBegin));
  sessions.sign_in(Grant("ops"), kBegin + 3s);
  CHECK_FALSE(sessions.find(first, kBegin));
  CHECK(grant->is_revoked());
  CHECK(sessions.find(second, kBegin));
  CHECK(sessions.find(other, kBegin));
  CHECK(sessions.size() == kSessionsPerName + 1);
}

TEST_CASE("Nobody signs in beyond the limit of all sessions until one is over", "[server]") {
  BrowserSessions sessions;
  for (std::size_t i = 0; i < kSessionsMax; ++i) sessions.sign_in(Grant("n" + std::to_string(i)), kBegin);
  CHECK_THROWS_AS(sessions.sign_in(Grant("one more"), kBegin), agent::Error);
  CHECK_NOTHROW(sessions.sign_in(Grant("one more"), kBegin + kSessionLife));
  CHECK(sessions.size() == 1);
}
