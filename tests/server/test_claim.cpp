#include "hub/claim.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/server/guarded_hub.hpp"

// The owner of an id, and what a thief with a token of his own may try.

using namespace server;
using agent::Task;
using agent::wire::Handshake;
using Catch::Matchers::Contains;
using test::FakeAgent;
using test::GuardedHub;
using test::kOwner;
using test::kThief;
using test::refuse;
using test::until_left;
using test::visit;

namespace {

Task<> away(GuardedHub* self) {
  co_await visit(self, kOwner, "db-1");
  CHECK(self->owner_of("db-1") == "a");
  co_await refuse(self, kThief, "db-1", "agent id conflict");
  CHECK(self->owner_of("db-1") == "a");
  co_await visit(self, kOwner, "db-1");
}

Task<> connected(GuardedHub* self) {
  FakeAgent owner(self->rig, self->rig.second, kOwner);
  co_await owner.come("db-1", "exec-agent", "i-owner");
  const auto session = self->rig.hub.find("db-1");
  co_await refuse(self, kThief, "db-1", "agent id conflict", "i-owner");
  CHECK(self->rig.hub.find("db-1") == session);
  CHECK(session->is_open());
  // Nor does the owner's silence help: it does not read, and so answers no ping.
  co_await refuse(self, kThief, "db-1", "agent id conflict");
  CHECK(self->rig.hub.find("db-1") == session);
  co_await test::finish(self->rig);
}

// The session that is connected when its id is released stays, and keeps it as long as it lives.
Task<> released_while_connected(GuardedHub* self) {
  FakeAgent owner(self->rig, self->rig.second, kOwner);
  co_await owner.come("db-1", "exec-agent", "i-owner");
  self->rig.spawn(self->rig.loop, test::serve(&owner));
  auto release = self->bindings->release(self->rig.loop, "db-1");
  co_await std::move(release);
  co_await refuse(self, kThief, "db-1", "agent id conflict", "i-owner");
  CHECK(self->owner_of("db-1").empty());  // a refused handshake leaves no binding
  FakeAgent returned(self->rig, self->rig.loop, kOwner);
  const Handshake answer = co_await returned.come("db-1", "exec-agent", "i-owner");
  CHECK(answer.ok);
  CHECK(self->owner_of("db-1") == "a");
  co_await test::finish(self->rig);
}

Task<> spelled_otherwise(GuardedHub* self) {
  FakeAgent owner(self->rig, self->rig.loop, kOwner);
  co_await owner.come("db-1");
  const auto session = self->rig.hub.find("db-1");
  for (const char* id : {"DB-1", "db-1 ", " db-1", "db-1\xC2\xA0", "db%2D1"}) {
    co_await visit(self, kThief, id);
    CHECK(self->owner_of(id) == "b");
    CHECK(self->rig.hub.find("db-1") == session);
    CHECK(self->owner_of("db-1") == "a");
  }
  // The last of two keys counts, for the binding as for the session.
  FakeAgent twice(self->rig, self->rig.loop, kThief);
  const std::string come = R"({"type":1,"come":{"id":"mine","ID":"mine-2","id":"db-1"}})";
  const Handshake answer = co_await twice.say(come);
  CHECK(answer.msg == "agent id conflict");
  CHECK(self->owner_of("mine").empty());
}

Task<> come_and_count(FakeAgent* agent, std::string id, std::string token, std::string* winner,
                      int* answered) {
  const Handshake answer = co_await agent->come(id);
  if (answer.ok) *winner += token;
  ++*answered;
  co_await test::serve(agent);
}

Task<> at_once(GuardedHub* self) {
  for (int i = 0; i < 40; ++i) {
    const std::string id = "db-" + std::to_string(i);
    std::string winner;
    int answered = 0;
    FakeAgent owner(self->rig, self->rig.loop, kOwner);
    FakeAgent thief(self->rig, self->rig.second, kThief);
    self->rig.spawn(self->rig.loop, come_and_count(&owner, id, "a", &winner, &answered));
    self->rig.spawn(self->rig.loop, come_and_count(&thief, id, "b", &winner, &answered));
    const auto both = [&] { return answered == 2; };
    co_await test::until(self->rig.loop, both);
    CHECK(winner.size() == 1);
    CHECK(self->owner_of(id) == winner);
    self->rig.hub.find(id)->close(1000, "enough");
    co_await test::ended(self->rig);
  }
}

Task<> refused(GuardedHub* self) {
  const auto flag = std::make_shared<Grant::Flag>(true);
  co_await refuse(self, Grant("a", flag), "db-1", "the token was revoked");
  CHECK(self->owner_of("db-1").empty());
  FakeAgent wrong(self->rig, self->rig.loop, kOwner);
  const std::string come = R"({"type":1,"come":{"id":"db-1","cpu_core":-1}})";
  const Handshake answer = co_await wrong.say(come);
  CHECK(!answer.ok);
  CHECK(self->owner_of("db-1").empty());
  self->rig.hub.stop();
  co_await refuse(self, kOwner, "db-1", "server is stopping");
  CHECK(self->owner_of("db-1").empty());
}

Task<> tokenless(GuardedHub* self) {
  co_await visit(self, Grant(), "db-1");
  CHECK(self->owner_of("db-1").empty());
}

Task<> rotated(GuardedHub* self) {
  const auto old_token = std::make_shared<Grant::Flag>(false);
  const auto new_token = std::make_shared<Grant::Flag>(false);
  co_await visit(self, Grant("a", old_token), "db-1");
  co_await visit(self, Grant("a", new_token), "db-1");
}

Task<> revoked(GuardedHub* self) {
  const auto old_token = std::make_shared<Grant::Flag>(false);
  const auto new_token = std::make_shared<Grant::Flag>(false);
  FakeAgent old_agent(self->rig, self->rig.second, Grant("a", old_token));
  FakeAgent new_agent(self->rig, self->rig.loop, Grant("a", new_token));
  co_await old_agent.come("db-1");
  co_await new_agent.come("db-2");
  old_token->store(true);
  self->rig.hub.end_revoked();
  CHECK_THAT(co_await old_agent.end(), Contains("1008 the token was revoked"));
  co_await until_left(&self->rig, "db-1");
  CHECK(self->rig.hub.find("db-2")->is_open());
  CHECK(self->owner_of("db-1") == "a");
}

}  // namespace

TEST_CASE("A claimed id goes to the same process at once, and else to whoever answers", "[server]") {
  using Sign = Incumbent::Sign;
  CHECK(claim_id({.instance = "p1"}, "p1") == Claim::take_over);
  CHECK(claim_id({.instance = "p1", .sign = Sign::alive}, "p1") == Claim::take_over);
  CHECK(claim_id({.instance = "p1"}, "p2") == Claim::probe);
  CHECK(claim_id({.instance = "p1", .sign = Sign::alive}, "p2") == Claim::refuse);
  CHECK(claim_id({.instance = "p1", .sign = Sign::silent}, "p2") == Claim::take_over);
}

TEST_CASE("Whoever comes with another token is no process that comes back, whatever it says", "[server]") {
  using Sign = Incumbent::Sign;
  CHECK(claim_id({.instance = "p1", .has_other_token = true}, "p1") == Claim::probe);
  CHECK(claim_id({.instance = "p1", .has_other_token = true, .sign = Sign::alive}, "p1") == Claim::refuse);
}

TEST_CASE("Originals, which send no instance, are told apart by a sign of life only", "[server]") {
  CHECK(claim_id({.instance = ""}, "") == Claim::probe);
  CHECK(claim_id({.instance = "", .sign = Incumbent::Sign::alive}, "") == Claim::refuse);
}

TEST_CASE("An id that belongs to a token is refused to any other while its agent is away", "[server]") {
  GuardedHub self;
  self.rig.run(away(&self));
}

TEST_CASE("A thief with the owner's instance takes over no session", "[server]") {
  GuardedHub self;
  self.rig.run(connected(&self));
}

TEST_CASE("An id that is released while its agent is connected is not free before the agent is gone",
          "[server]") {
  GuardedHub self;
  self.rig.run(released_while_connected(&self));
}

TEST_CASE("An id in another spelling is another id", "[server]") {
  GuardedHub self;
  self.rig.run(spelled_otherwise(&self));
}

TEST_CASE("One of two tokens that claim a free id at once gets it, and its binding", "[server]") {
  GuardedHub self;
  self.rig.run(at_once(&self));
}

TEST_CASE("A handshake that is refused makes no binding", "[server]") {
  GuardedHub self;
  self.rig.run(refused(&self));
}

TEST_CASE("No id belongs to anybody without tokens", "[server]") {
  GuardedHub self;
  self.rig.run(tokenless(&self));
}

TEST_CASE("A new token of the same name keeps the ids of the old one", "[server]") {
  GuardedHub self;
  self.rig.run(rotated(&self));
}

TEST_CASE("A revoked token ends its own sessions, and not those of another token of its name", "[server]") {
  GuardedHub self;
  self.rig.run(revoked(&self));
}
