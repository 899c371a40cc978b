#include "hub/bindings.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/server/guarded_hub.hpp"
#include "tests/support/small_disk.hpp"

// Owners of agent ids, and how long an id is theirs. `a` is the owner's token, `b` the thief's.

using namespace server;
using agent::Task;
using test::FakeAgent;
using test::GuardedHub;
using test::kOwner;
using test::kThief;
using test::refuse;
using test::visit;

namespace {

Task<> restarted(GuardedHub* self) {
  co_await visit(self, kOwner, "db-1");
  self->open_again();
  co_await refuse(self, kThief, "db-1", "agent id conflict");
  co_await visit(self, kOwner, "db-1");
}

Task<> released(GuardedHub* self) {
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

Task<> reserve(GuardedHub* self, std::string token, Bindings::Result expected) {
  auto step = self->bindings->reserve(self->rig.loop, "db-1", token, "192.0.2.1");
  const Bindings::Result result = co_await std::move(step);
  CHECK(result == expected);
}

// What a handshake does that is refused after its id was reserved, as by the stop of the server.
Task<> given_up(GuardedHub* self) {
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

Task<> moved(GuardedHub* self) {
  co_await reserve(self, "a", Bindings::Result::ours);
  self->bindings->confirm("db-1", "a", "192.0.2.1");
  co_await reserve(self, "a", Bindings::Result::ours);
  self->bindings->confirm("db-1", "a", "192.0.2.2");
  self->open_again();
  CHECK(self->bindings->find("db-1")->address == "192.0.2.2");
}

Task<> flooded(GuardedHub* self) {
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

Task<> crowded(GuardedHub* self) {
  FakeAgent one(self->rig, self->rig.loop, kOwner);
  FakeAgent two(self->rig, self->rig.loop, kOwner);
  co_await one.come("db-1");
  co_await two.come("db-2");
  co_await refuse(self, kOwner, "db-3", "too many agent ids belong to the token");
  co_await visit(self, kThief, "db-3");
}

Task<> full_disk(GuardedHub* self, std::string filler) {
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

TEST_CASE("Ids belong to their tokens after a restart, too", "[server]") {
  GuardedHub self;
  self.rig.run(restarted(&self));
}

TEST_CASE("A released id belongs to the token that uses it next", "[server]") {
  GuardedHub self;
  self.rig.run(released(&self));
}

TEST_CASE("What only a refused handshake has reserved is free again, and nothing else", "[server]") {
  GuardedHub self;
  self.rig.run(given_up(&self));
}

TEST_CASE("A binding knows the address from which it was used last", "[server]") {
  GuardedHub self;
  self.rig.run(moved(&self));
}

TEST_CASE("Whoever names ids without end forgets his own, and nobody else's", "[server]") {
  GuardedHub self(20);
  self.rig.run(flooded(&self));
}

TEST_CASE("Ids of connected agents are not forgotten for others", "[server]") {
  GuardedHub self(2);
  self.rig.run(crowded(&self));
}

TEST_CASE("An id whose binding cannot be stored is refused until it can", "[server]") {
  GuardedHub self;
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
  GuardedHub self;
  self.rig.run(visit(&self, kOwner, "db-1"));
  for (const char* suffix : {"", "-wal"}) {
    struct stat status {};
    REQUIRE(::stat((self.dir.file("bindings.db") + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0077) == 0);
  }
}

TEST_CASE("A binding that nobody can read keeps its id closed", "[server]") {
  GuardedHub self;
  self.bindings.reset();
  {
    RecordStore store(self.dir.file("bindings.db"));
    store.save({.id = "db-1", .expires = 0, .text = "no JSON"});
  }
  self.open_again();
  self.rig.run([](GuardedHub* guarded) -> Task<> {
    co_await refuse(guarded, kOwner, "db-1", "agent id conflict");
    auto release = guarded->bindings->release(guarded->rig.loop, "db-1");
    co_await std::move(release);
    co_await visit(guarded, kOwner, "db-1");
  }(&self));
}
