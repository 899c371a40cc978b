#include <string>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using namespace std::chrono_literals;
using test::put;
using test::text;
using test::value;

namespace {

LeaseState grant(Store& store, std::chrono::seconds ttl, LeaseId id = 0) {
  return test::run(store.grant(ttl, id, test::soon()));
}
std::optional<LeaseState> keep_alive(Store& store, LeaseId id) {
  return test::run(store.keep_alive(id, test::soon()));
}
std::optional<LeaseState> lease(Store& store, LeaseId id) { return test::run(store.lease(id, test::soon())); }
bool revoke(Store& store, LeaseId id) { return test::run(store.revoke(id, test::soon())); }

}  // namespace

TEST_CASE("The keys of a lease that expires are deleted in one revision", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const LeaseId id = grant(store, 5s).id;
  put(store, "a", "1", id);
  put(store, "b", "2", id);
  const Revision before = put(store, "c", "3");
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  rig->pass(3s);
  CHECK(value(store, "a") == "1");
  rig->pass(4s);
  const WatchMessage message = test::next(*watch);
  CHECK(text(message.events) == "-a -b");
  for (const Item& item : message.events) CHECK(item->modified == before + 1);
  CHECK(text(test::get(store, KeyRange::all()).items) == "c=3");
  CHECK_FALSE(lease(store, id));
}

TEST_CASE("A lease that is kept alive does not expire", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const LeaseId id = grant(store, 5s).id;
  put(store, "a", "1", id);
  for (int i = 0; i < 4; ++i) {
    rig->pass(3s);
    const auto state = keep_alive(store, id);
    REQUIRE(state);
    CHECK(state->ttl == 5s);
  }
  CHECK(value(store, "a") == "1");
  rig->pass(7s);
  CHECK_FALSE(value(store, "a"));
  CHECK_FALSE(keep_alive(store, id));
}

TEST_CASE("A revoked lease goes at once, with its keys", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const LeaseId id = grant(store, 60s).id;
  put(store, "a", "1", id);
  CHECK(revoke(store, id));
  CHECK_FALSE(value(store, "a"));
  CHECK_FALSE(revoke(store, id));
  CHECK(test::fault_of([&] { put(store, "a", "1", id); }) == Fault::refused);
}

TEST_CASE("A key belongs to the last lease that it was put with", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const LeaseId first = grant(store, 60s).id;
  const LeaseId second = grant(store, 60s).id;
  for (const char* key : {"freed", "moved", "stays"}) put(store, key, "1", first);
  put(store, "freed", "2");
  put(store, "moved", "2", second);
  CHECK(lease(store, first)->keys == std::vector<std::string>{"stays"});
  CHECK(lease(store, second)->keys == std::vector<std::string>{"moved"});
  revoke(store, first);
  CHECK(text(test::get(store, KeyRange::all()).items) == "freed=2 moved=2");
  revoke(store, second);
  CHECK(text(test::get(store, KeyRange::all()).items) == "freed=2");
}

TEST_CASE("A lease says how long it has left, and which keys it has", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const LeaseState granted = grant(store, 60s);
  CHECK(granted.ttl == 60s);
  put(store, "a", "1", granted.id);
  rig->pass(2s);
  const auto state = lease(store, granted.id);
  REQUIRE(state);
  CHECK(state->ttl == 60s);
  CHECK(state->left <= 59s);
  CHECK(state->left > 30s);
  CHECK(state->keys == std::vector<std::string>{"a"});
}

TEST_CASE("Leases that cannot be are refused", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  for (const auto ttl : {0s, -5s, std::chrono::seconds(kMostTtl) + 1s})
    CHECK(test::fault_of([&] { grant(store, ttl); }) == Fault::refused);
  CHECK(grant(store, 10s, 4711).id == 4711);
  CHECK(test::fault_of([&] { grant(store, 10s, 4711); }) == Fault::refused);
  CHECK(test::fault_of([&] { grant(store, 10s, -1); }) == Fault::refused);
  CHECK_FALSE(keep_alive(store, 4712));
  CHECK_FALSE(revoke(store, 4712));
  CHECK_FALSE(lease(store, 4712));
}

TEST_CASE("A lease is granted or refused by its least time", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  CHECK(grant(store, kLeastTtl).ttl >= kLeastTtl);
  CHECK(test::fault_of([&] { test::run(store.grant(999ms, 0, test::soon())); }) == Fault::refused);
}
