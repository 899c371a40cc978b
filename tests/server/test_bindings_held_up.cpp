#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <memory>

#include "hub/bindings.hpp"
#include "tests/server/rig.hpp"
#include "tests/support/temp_dir.hpp"

// Handshakes whose binding is on its way to the disk.

using namespace server;
using agent::Task;
using agent::wire::Handshake;
using test::FakeAgent;
using test::Rig;

namespace {

// Holds up whoever writes to the file, for less than RecordStore waits.
class WriteLock {
 public:
  explicit WriteLock(const std::string& path) {
    REQUIRE(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  ~WriteLock() { sqlite3_close(database_); }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  sqlite3* database_ = nullptr;
};

struct Stage {
  Stage() { rig.hub.bind_ids(*bindings); }

  std::string owner() const {
    const auto binding = bindings->find("db-1");
    return binding ? binding->token : "";
  }

  test::TempDir dir;
  const std::string path = dir.file("bindings.db");
  Rig rig;
  std::unique_ptr<Bindings> bindings = std::make_unique<Bindings>(path);
  std::unique_ptr<WriteLock> lock = std::make_unique<WriteLock>(path);
  std::shared_ptr<Grant::Flag> revoked = std::make_shared<Grant::Flag>(false);
  Handshake answer;
  bool is_answered = false;
};

Task<> come(Stage* stage, FakeAgent* agent) {
  stage->answer = co_await agent->come("db-1");
  stage->is_answered = true;
  co_await test::serve(agent);
}

// The owner has come, and its binding is known but not stored.
Task<> begin(Stage* stage, FakeAgent* owner) {
  stage->rig.spawn(stage->rig.loop, come(stage, owner));
  const auto is_reserved = [stage] { return stage->owner() == "a"; };
  co_await test::until(stage->rig.loop, is_reserved);
}

Task<> end(Stage* stage) {
  stage->lock.reset();
  const auto is_answered = [stage] { return stage->is_answered; };
  co_await test::until(stage->rig.loop, is_answered);
}

Task<> waits(Stage* stage) {
  FakeAgent owner(stage->rig, stage->rig.loop, Grant("a", stage->revoked));
  co_await begin(stage, &owner);
  CHECK_FALSE(stage->rig.hub.find("db-1"));
  FakeAgent thief(stage->rig, stage->rig.second, Grant("b"));
  const Handshake refused = co_await thief.come("db-1");
  CHECK(refused.msg == "agent id conflict");
  CHECK_FALSE(stage->is_answered);
  co_await end(stage);
  CHECK(stage->answer.ok);
  CHECK(stage->owner() == "a");
  co_await test::finish(stage->rig);
}

Task<> revoked_meanwhile(Stage* stage) {
  FakeAgent owner(stage->rig, stage->rig.loop, Grant("a", stage->revoked));
  co_await begin(stage, &owner);
  stage->revoked->store(true);
  co_await end(stage);
  CHECK(stage->answer.msg == "the token was revoked");
  co_await test::ended(stage->rig);
}

Task<> stopped_meanwhile(Stage* stage) {
  FakeAgent owner(stage->rig, stage->rig.loop, Grant("a", stage->revoked));
  co_await begin(stage, &owner);
  stage->rig.hub.stop();
  co_await end(stage);
  CHECK(stage->answer.msg == "server is stopping");
  co_await test::ended(stage->rig);
}

}  // namespace

TEST_CASE("An agent is answered when its binding is stored, and nobody else gets the id meanwhile",
          "[server]") {
  Stage stage;
  stage.rig.run(waits(&stage));
}

TEST_CASE("A handshake that is refused while its binding is stored leaves none", "[server]") {
  Stage stage;
  SECTION("the token is revoked") { stage.rig.run(revoked_meanwhile(&stage)); }
  SECTION("the server stops") { stage.rig.run(stopped_meanwhile(&stage)); }
  CHECK(stage.owner().empty());
  stage.bindings.reset();
  CHECK_FALSE(Bindings(stage.path).find("db-1"));
}
