#include "hub/bindings.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/server/rig.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

// Owners of agent ids: what a thief with a token of his own may try. `a` is the owner's token, `b` the
// thief's.

using namespace server;
using agent::Task;
using agent::wire::Handshake;
using Catch::Matchers::Contains;
using test::FakeAgent;
using test::Rig;

namespace {

const Grant kOwner("a");
const Grant kThief("b");

HubOptions patient() {
  HubOptions options;
  options.probe = std::chrono::milliseconds(50);
  return options;
}

// A hub that binds ids.
struct Guarded {
  explicit Guarded(std::size_t per_token = kBindingsPerToken)
      : bindings(std::make_unique<Bindings>(dir.file("bindings.db"), per_token)) {
    rig.hub.bind_ids(*bindings);
  }
  // As after a restart of the server.
  void open_again() {
    bindings.reset();
    bindings = std::make_unique<Bindings>(dir.file("bindings.db"));
    rig.hub.bind_ids(*bindings);
  }
  std::string owner_of(const std::string& id) const {
    const auto binding = bindings->find(id);
    return binding ? binding->token : "";
  }

  test::TempDir dir;
  Rig rig{patient()};
  std::unique_ptr<Bindings> bindings;
};

Task<> until_left(Rig* rig, std::string id) {
  const auto gone = [&] { return !rig->hub.find(id); };
  co_await test::until(rig->loop, gone);
}

// Comes, is accepted, and leaves.
Task<> visit(Guarded* self, Grant grant, std::string id) {
  {
    FakeAgent agent(self->rig, self->rig.loop, grant);
    const Handshake answer = co_await agent.come(id);
    CHECK(answer.ok);
  }
  co_await until_left(&self->rig, id);
}

// Comes and is refused with this reason.
Task<> refuse(Guarded* self, Grant grant, std::string id, std::string reason, std::string instance = "") {
  FakeAgent agent(self->rig, self->rig.second, grant);
  const Handshake answer = co_await agent.come(id, "example-agent", instance);
  CHECK(!answer.ok);
  CHECK(answer.msg == reason);
  co_await agent.end();
}

Task<> away(Guarded* self) {
  co_await visit(self, kOwner, "db-1");
  CHECK(self->owner_of("db-1") == "a");
  co_await refuse(self, kThief, "db-1", "agent id conflict");
  CHECK(self->owner_of("db-1") == "a");
  co_await visit(self, kOwner, "db-1");
}

Task<> connected(Guarded* self) {
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

Task<> restarted(Guarded* self) {
  co_await visit(self, kOwner, "db-1");
  self->open_again();
  co_await refuse(self, kThief, "db-1", "agent id conflict");
  co_await visit(self, kOwner, "db-1");
}

Task<> released(Guarded* self) {
  co_await visit(self, kOwner, "db-1");
  auto release = self->bindings->release(self->rig.loop, "db-1");
  const bool was_bound = co_await std::move(release);
  CHECK(was_bound);
  auto again = self->bindings->release(self->rig.loop, "db-1");
  const bool still_bound = co_await std::move(again);
  CHECK_FALSE(still_bound);
  self->open_again();
  CHECK(self->owner_of("db-1").empty());
  co_await visit(self, kThief, "db-1");
  CHECK(self->owner_of("db-1") == "b");
  co_await refuse(self, kOwner, "db-1", "agent id conflict");
}

// The session that is connected when its id is released stays, and keeps it as long as it lives.
Task<> released_while_connected(Guarded* self) {
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

Task<> spelled_otherwise(Guarded* self) {
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

Task<> at_once(Guarded* self) {
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

Task<> refused(Guarded* self) {
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

Task<> reserve(Guarded* self, std::string token, Bindings::Result expected) {
  auto step = self->bindings->reserve(self->rig.loop, "db-1", token, "192.0.2.1");
  const Bindings::Result result = co_await std::move(step);
  CHECK(result == expected);
}

// What a handshake does that is refused after its id was reserved, as by the stop of the server.
Task<> given_up(Guarded* self) {
  using Result = Bindings::Result;
  co_await reserve(self, "a", Result::ours);
  co_await reserve(self, "b", Result::others);
  co_await reserve(self, "a", Result::ours);
  self->bindings->give_up("db-1", "a");
  CHECK(self->owner_of("db-1") == "a");  // the other handshake goes on
  self->bindings->give_up("db-1", "b");
  CHECK(self->owner_of("db-1") == "a");
  self->bindings->give_up("db-1", "a");
  CHECK(self->owner_of("db-1").empty());
  self->open_again();
  CHECK(self->owner_of("db-1").empty());

  co_await reserve(self, "b", Result::ours);
  self->bindings->confirm("db-1", "b", "192.0.2.1");
  co_await reserve(self, "b", Result::ours);
  self->bindings->give_up("db-1", "b");
  CHECK(self->owner_of("db-1") == "b");
  self->open_again();
  CHECK(self->owner_of("db-1") == "b");
}

Task<> moved(Guarded* self) {
  co_await reserve(self, "a", Bindings::Result::ours);
  self->bindings->confirm("db-1", "a", "192.0.2.1");
  co_await reserve(self, "a", Bindings::Result::ours);
  self->bindings->confirm("db-1", "a", "192.0.2.2");
  self->open_again();
  CHECK(self->bindings->find("db-1")->address == "192.0.2.2");
}

Task<> tokenless(Guarded* self) {
  co_await visit(self, Grant(), "db-1");
  CHECK(self->owner_of("db-1").empty());
}

Task<> rotated(Guarded* self) {
  const auto old_token = std::make_shared<Grant::Flag>(false);
  const auto new_token = std::make_shared<Grant::Flag>(false);
  co_await visit(self, Grant("a", old_token), "db-1");
  co_await visit(self, Grant("a", new_token), "db-1");
}

Task<> revoked(Guarded* self) {
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

Task<> flooded(Guarded* self) {
  co_await visit(self, kOwner, "db-1");
  FakeAgent here(self->rig, self->rig.loop, kThief);
  co_await here.come("here");
  for (int i = 0; i < 100; ++i) co_await visit(self, kThief, "flood-" + std::to_string(i));
  int bound = 0;
  for (int i = 0; i < 100; ++i) bound += self->owner_of("flood-" + std::to_string(i)).empty() ? 0 : 1;
  CHECK(bound < 20);
  CHECK(self->owner_of("flood-99") == "b");
  CHECK(self->owner_of("here") == "b");
  CHECK(self->owner_of("db-1") == "a");
  self->open_again();
  CHECK(self->owner_of("db-1") == "a");
}

Task<> crowded(Guarded* self) {
  FakeAgent one(self->rig, self->rig.loop, kOwner);
  FakeAgent two(self->rig, self->rig.loop, kOwner);
  co_await one.come("db-1");
  co_await two.come("db-2");
  co_await refuse(self, kOwner, "db-3", "too many agent ids belong to the token");
  co_await visit(self, kThief, "db-3");
}

Task<> full_disk(Guarded* self, std::string filler) {
  co_await visit(self, kOwner, "db-1");
  {
    std::ofstream out(filler, std::ios::binary);
    const std::string block(64 * 1024, 'x');
    for (int i = 0; i < 64 && out; ++i) out << block << std::flush;
  }
  co_await refuse(self, kOwner, "db-2", "whose the id is cannot be stored");
  CHECK(self->owner_of("db-2").empty());
  std::filesystem::remove(filler);
  co_await visit(self, kOwner, "db-2");
  CHECK(self->owner_of("db-2") == "a");
}

}  // namespace

TEST_CASE("An id that belongs to a token is refused to any other while its agent is away", "[server]") {
  Guarded self;
  self.rig.run(away(&self));
}

TEST_CASE("A thief with the owner's instance takes over no session", "[server]") {
  Guarded self;
  self.rig.run(connected(&self));
}

TEST_CASE("Ids belong to their tokens after a restart, too", "[server]") {
  Guarded self;
  self.rig.run(restarted(&self));
}

TEST_CASE("A released id belongs to the token that uses it next", "[server]") {
  Guarded self;
  self.rig.run(released(&self));
}

TEST_CASE("An id that is released while its agent is connected is not free before the agent is gone",
          "[server]") {
  Guarded self;
  self.rig.run(released_while_connected(&self));
}

TEST_CASE("An id in another spelling is another id", "[server]") {
  Guarded self;
  self.rig.run(spelled_otherwise(&self));
}

TEST_CASE("One of two tokens that claim a free id at once gets it, and its binding", "[server]") {
  Guarded self;
  self.rig.run(at_once(&self));
}

TEST_CASE("A handshake that is refused makes no binding", "[server]") {
  Guarded self;
  self.rig.run(refused(&self));
}

TEST_CASE("What only a refused handshake has reserved is free again, and nothing else", "[server]") {
  Guarded self;
  self.rig.run(given_up(&self));
}

TEST_CASE("A binding knows the address from which it was used last", "[server]") {
  Guarded self;
  self.rig.run(moved(&self));
}

TEST_CASE("No id belongs to anybody without tokens", "[server]") {
  Guarded self;
  self.rig.run(tokenless(&self));
}

TEST_CASE("A new token of the same name keeps the ids of the old one", "[server]") {
  Guarded self;
  self.rig.run(rotated(&self));
}

TEST_CASE("A revoked token ends its own sessions, and not those of another token of its name", "[server]") {
  Guarded self;
  self.rig.run(revoked(&self));
}

TEST_CASE("Whoever names ids without end forgets his own, and nobody else's", "[server]") {
  Guarded self(20);
  self.rig.run(flooded(&self));
}

TEST_CASE("Ids of connected agents are not forgotten for others", "[server]") {
  Guarded self(2);
  self.rig.run(crowded(&self));
}

TEST_CASE("An id whose binding cannot be stored is refused until it can", "[server]") {
  Guarded self;
  self.bindings.reset();
  const std::string disk = self.dir.file("disk");
  const test::SmallDisk small(disk);
  if (!small.is_mounted()) {
    WARN("only root can make a small disk");
    return;
  }
  self.bindings = std::make_unique<Bindings>(disk + "/bindings.db");
  self.rig.hub.bind_ids(*self.bindings);
  self.rig.run(full_disk(&self, disk + "/filler"));
  self.bindings.reset();
}

TEST_CASE("The bindings are readable for their owner only", "[server]") {
  Guarded self;
  self.rig.run(away(&self));
  for (const char* suffix : {"", "-wal"}) {
    struct stat status {};
    REQUIRE(::stat((self.dir.file("bindings.db") + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0077) == 0);
  }
}

TEST_CASE("A binding that nobody can read keeps its id closed", "[server]") {
  Guarded self;
  self.bindings.reset();
  {
    RecordStore store(self.dir.file("bindings.db"));
    store.save({.id = "db-1", .expires = 0, .text = "no JSON"});
  }
  self.open_again();
  self.rig.run([](Guarded* guarded) -> Task<> {
    co_await refuse(guarded, kOwner, "db-1", "agent id conflict");
    auto release = guarded->bindings->release(guarded->rig.loop, "db-1");
    co_await std::move(release);
    co_await visit(guarded, kOwner, "db-1");
  }(&self));
}
