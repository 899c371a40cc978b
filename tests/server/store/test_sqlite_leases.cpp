#include <string>

#include "tests/server/store/sqlite_rig.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using test::put;
using test::value;

namespace {

LeaseId grant(Store& store, std::chrono::seconds ttl) {
  return test::run(store.grant(ttl, 0, test::soon())).id;
}
bool keep_alive(Store& store, LeaseId id) {
  return test::run(store.keep_alive(id, test::soon())).has_value();
}

}  // namespace

TEST_CASE("A lease has its whole time again after a restart, so that its owner can be heard",
          "[server][store]") {
  test::SqliteRig rig;
  const LeaseId id = grant(rig.store(), 10s);
  put(rig.store(), "a", "1", id);
  rig.pass(9s);
  rig.restart();
  rig.pass(9s);
  CHECK(value(rig.store(), "a") == "1");
  CHECK(keep_alive(rig.store(), id));
  rig.pass(9s);
  CHECK(value(rig.store(), "a") == "1");
  rig.pass(2s);
  CHECK_FALSE(value(rig.store(), "a"));
}

TEST_CASE("Twenty restarts do not keep the keys of a dead owner", "[server][store]") {
  test::SqliteRig rig;
  const LeaseId id = grant(rig.store(), 10s);
  put(rig.store(), "a", "1", id);
  int restarts = 0;
  while (restarts < 20 && value(rig.store(), "a")) {
    rig.pass(1s);
    rig.restart();
    ++restarts;
  }
  CHECK(restarts == 11);  // one more than the seconds: the first gave it its time again
}

TEST_CASE("An owner that lives keeps its keys over twenty restarts", "[server][store]") {
  test::SqliteRig rig;
  const LeaseId id = grant(rig.store(), 10s);
  put(rig.store(), "a", "1", id);
  for (int i = 0; i < 20; ++i) {
    rig.pass(5s);
    REQUIRE(keep_alive(rig.store(), id));
    rig.restart();
  }
  CHECK(value(rig.store(), "a") == "1");
}

TEST_CASE("A second start of the machine gives no time again to an owner who was not heard of",
          "[server][store]") {
  test::SqliteRig rig;
  const LeaseId dead = grant(rig.store(), 10s);
  const LeaseId alive = grant(rig.store(), 10s);
  put(rig.store(), "dead", "1", dead);
  put(rig.store(), "alive", "1", alive);
  rig.next_boot();
  rig.restart();
  CHECK(value(rig.store(), "dead") == "1");
  CHECK(keep_alive(rig.store(), alive));
  rig.next_boot();
  rig.restart();
  rig.sqlite().settle();
  CHECK_FALSE(value(rig.store(), "dead"));
  CHECK(value(rig.store(), "alive") == "1");
}

TEST_CASE("Keys belong to their leases after a restart", "[server][store]") {
  test::SqliteRig rig;
  const LeaseId first = grant(rig.store(), 60s);
  const LeaseId second = grant(rig.store(), 60s);
  put(rig.store(), "a", "1", first);
  put(rig.store(), "b", "1", first);
  put(rig.store(), "b", "2", second);
  rig.restart();
  CHECK(test::run(rig.store().revoke(first, test::soon())));
  CHECK_FALSE(value(rig.store(), "a"));
  CHECK(value(rig.store(), "b") == "2");
  rig.restart();
  CHECK_FALSE(keep_alive(rig.store(), first));
  CHECK(keep_alive(rig.store(), second));
}

// A process that was stopped, or hung on its disk, has heard nobody meanwhile.
TEST_CASE("A lease does not expire for the time that the store stood still", "[server][store]") {
  test::SqliteRig rig;
  const LeaseId id = grant(rig.store(), 10s);
  put(rig.store(), "a", "1", id);
  rig.move(60s);
  rig.sqlite().settle();
  CHECK(value(rig.store(), "a") == "1");
  rig.pass(9s);
  CHECK(value(rig.store(), "a") == "1");
  rig.pass(2s);
  CHECK_FALSE(value(rig.store(), "a"));
}

TEST_CASE("A lease that is renewed a moment before its end lives", "[server][store]") {
  test::SqliteRig rig;
  const LeaseId id = grant(rig.store(), 2s);
  put(rig.store(), "a", "1", id);
  rig.move(1900ms);
  CHECK(keep_alive(rig.store(), id));
  rig.move(1900ms);
  rig.sqlite().settle();
  CHECK(value(rig.store(), "a") == "1");
}
