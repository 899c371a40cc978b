#include <string>
#include <vector>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using test::erase;
using test::is_quiet;
using test::next;
using test::put;
using test::text;
using Kind = WatchMessage::Kind;

TEST_CASE("A watch gives each change behind now, and none of other keys", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  put(store, "a/0", "before");
  const auto watch = store.watch({.range = KeyRange::prefix("a/"), .client = {}});
  CHECK(is_quiet(*watch));
  put(store, "b/1", "other");
  CHECK(is_quiet(*watch));
  put(store, "a/1", "x");
  const WatchMessage one = next(*watch);
  CHECK(one.kind == Kind::events);
  CHECK(text(one.events) == "a/1=x");
  erase(store, KeyRange::all());
  CHECK(text(next(*watch).events) == "-a/0 -a/1");
  CHECK(is_quiet(*watch));
}

TEST_CASE("A list and a watch from behind it miss nothing and repeat nothing", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  put(store, "a", "1");
  const Revision listed = test::get(store, KeyRange::all()).revision;
  put(store, "a", "2");
  put(store, "b", "3");
  const auto watch = store.watch({.range = KeyRange::all(), .from = listed + 1, .client = {}});
  put(store, "c", "4");
  std::string seen;
  while (seen.find("c=4") == std::string::npos) seen += text(next(*watch).events) + " ";
  CHECK(seen.substr(0, seen.find("c=4")).size() == std::string("a=2 b=3 ").size());
  CHECK(seen.starts_with("a=2 b=3 "));
}

TEST_CASE("A transaction comes in one message, and progress tells the revision", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const auto watch = store.watch({.range = KeyRange::prefix("a"), .client = {}});
  Txn txn;
  for (const char* key : {"a1", "a2", "b"}) txn.then.emplace_back(PutOp{key, "x", 0});
  const Revision revision = test::txn(store, std::move(txn)).revision;
  const WatchMessage message = next(*watch);
  CHECK(text(message.events) == "a1=x a2=x");
  CHECK(message.events.back()->modified == revision);
  const Revision later = put(store, "c", "x");
  const WatchMessage quiet = test::run(watch->next(test::now()));
  CHECK(quiet.kind == Kind::progress);
  CHECK(quiet.revision == later);
}

TEST_CASE("A watch from a revision that is no history any more is told so at once", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const Revision old = put(store, "a", "1");
  rig->compact();
  const auto watch = store.watch({.range = KeyRange::all(), .from = old, .client = {}});
  const WatchMessage message = next(*watch);
  CHECK(message.kind == Kind::compacted);
  CHECK(message.revision >= old);
  CHECK(next(*watch).kind == Kind::compacted);
}

// Some engines forget a delete at the compacted revision itself, and say nothing.
TEST_CASE("A watch from exactly the compacted revision, a delete, gets it or is told", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  std::vector<Revision> deletes;
  for (int i = 0; i < 150; ++i) {
    put(store, "gone", "x");
    deletes.push_back(erase(store, KeyRange::key("gone")));
  }
  std::size_t told = 0;
  std::size_t given = 0;
  for (const Revision revision : deletes) {
    const auto watch = store.watch({.range = KeyRange::key("gone"), .from = revision, .client = {}});
    const WatchMessage message = next(*watch);
    if (message.kind == Kind::compacted) {
      CHECK(message.revision >= revision);
      ++told;
    } else {
      REQUIRE(text(message.events).starts_with("-gone"));
      CHECK(message.events.front()->modified == revision);
      ++given;
    }
  }
  CHECK(told > 0);
  CHECK(given > 0);
}

TEST_CASE("A watch of a revision that the store does not have yet is refused", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const Revision now = put(store, "a", "1");
  const auto watch_from = [&](Revision from) {
    return test::fault_of([&] { store.watch({.range = KeyRange::all(), .from = from, .client = {}}); });
  };
  CHECK_FALSE(watch_from(now + 1));
  CHECK(watch_from(now + 2) == Fault::refused);
  CHECK(watch_from(-1) == Fault::refused);
}

TEST_CASE("A watch that never reads gets every change or is cancelled with the reason", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const auto lazy = store.watch({.range = KeyRange::key("a"), .client = {}});
  const auto other = store.watch({.range = KeyRange::key("b"), .client = {}});
  put(store, "a", "1");
  rig->compact();
  const WatchMessage message = next(*lazy);
  if (message.kind == Kind::cancelled) {
    CHECK_FALSE(message.reason.empty());
    CHECK(next(*lazy).kind == Kind::cancelled);
  } else {
    CHECK(text(message.events) == "a=1");
  }
  // Nothing was lost of one that had nothing to read.
  CHECK(is_quiet(*other));
  put(store, "b", "2");
  CHECK(text(next(*other).events) == "b=2");
}

TEST_CASE("The watches of one client are bounded, and so are all", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  std::vector<std::unique_ptr<Watch>> watches;
  const auto add = [&](const std::string& client) {
    return test::fault_of(
        [&] { watches.push_back(store.watch({.range = KeyRange::prefix("a/"), .client = client})); });
  };
  for (std::size_t i = 0; i < kWatchesPerClient; ++i) REQUIRE_FALSE(add("one"));
  CHECK(add("one") == Fault::refused);
  CHECK_FALSE(add("two"));
  watches.erase(watches.begin());
  CHECK_FALSE(add("one"));
  while (watches.size() < kWatches) REQUIRE_FALSE(add(""));
  CHECK(add("") == Fault::refused);
  put(store, "a/1", "x");
  for (std::size_t i = 0; i < watches.size(); i += 1999) CHECK(text(next(*watches[i]).events) == "a/1=x");
}

TEST_CASE("Thousands of changes come in messages of a bounded length", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  Revision from = 0;
  for (int i = 0; i < 150; ++i) {
    const Revision revision = put(store, "k", std::to_string(i));
    if (i == 0) from = revision;
  }
  const auto watch = store.watch({.range = KeyRange::all(), .from = from, .client = {}});
  std::size_t events = 0;
  while (events < 150) {
    const WatchMessage message = next(*watch);
    REQUIRE(message.kind == Kind::events);
    CHECK(message.events.size() <= kEventsPerMessage);
    CHECK(message.events.front()->value == std::to_string(events));
    events += message.events.size();
  }
  CHECK(events == 150);
}

TEST_CASE("A transaction of the largest size comes whole", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  const std::size_t rest = kMaxTxn - kMaxValue - 2 - 2 * rig->key_overhead();
  Txn txn = Txn::put("a", std::string(kMaxValue, 'v'));
  txn.then.emplace_back(PutOp{"b", std::string(rest, 'w'), 0});
  const Revision revision = test::txn(store, txn).revision;
  const WatchMessage message = next(*watch);
  REQUIRE(message.events.size() == 2);
  CHECK(message.events[0]->value == std::string(kMaxValue, 'v'));
  CHECK(message.events[1]->modified == revision);
  CHECK(test::get(store, KeyRange::all()).items.size() == 2);
}
