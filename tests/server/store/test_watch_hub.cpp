#include "store/watch_hub.hpp"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using Kind = WatchMessage::Kind;

namespace {

Item item(const std::string& key, Revision modified, const std::string& value = "x") {
  KeyValue out;
  out.key = key;
  out.value = value;
  out.created = out.modified = modified;
  out.version = 1;
  return std::make_shared<const KeyValue>(std::move(out));
}

WatchHub::Start start_of(Revision revision, const std::vector<Item>& items) {
  WatchHub::Start out{revision, {}, ChangeHistory(revision)};
  for (const Item& one : items) out.keys.apply(one);
  return out;
}

std::optional<Snapshot> state(View& view) { return test::run(view.next(test::now())); }

}  // namespace

TEST_CASE("A hub that begins anew changes the views that differ, and ends the watches", "[server][store]") {
  const auto hub = std::make_shared<WatchHub>(start_of(5, {item("a", 2), item("b", 3), item("c", 4)}));
  const auto changed = hub->view(KeyRange::key("a"));
  const auto gone = hub->view(KeyRange::key("b"));
  const auto same = hub->view(KeyRange::key("c"));
  const auto made = hub->view(KeyRange::key("d"));
  for (View* view : {changed.get(), gone.get(), same.get(), made.get()}) REQUIRE(state(*view));
  const auto watch = hub->watch({.range = KeyRange::key("c"), .client = {}});
  hub->hear(20);
  const auto later = hub->watch({.range = KeyRange::all(), .from = 21, .client = {}});

  hub->restart(start_of(9, {item("a", 8), item("c", 4), item("d", 9)}), "the gap");
  CHECK(test::text(state(*changed)->items) == "a=x");
  CHECK(state(*gone)->items.empty());
  CHECK_FALSE(state(*same));
  CHECK(test::text(state(*made)->items) == "d=x");
  const WatchMessage end = test::next(*watch);
  CHECK(end.kind == Kind::cancelled);
  CHECK(end.reason == "the gap");
  // Nothing that it wanted can have been lost.
  CHECK(test::is_quiet(*later));
  hub->publish({21, {item("e", 21)}, 0});
  CHECK(test::text(test::next(*later).events) == "e=x");
}

TEST_CASE("A hub whose revision goes back ends all watches, and counts from there", "[server][store]") {
  const auto hub = std::make_shared<WatchHub>(start_of(50, {item("a", 40, "new")}));
  const auto view = hub->view(KeyRange::all());
  REQUIRE(state(*view));
  const auto watch = hub->watch({.range = KeyRange::all(), .client = {}});
  hub->restart(start_of(7, {item("a", 3, "old")}), "restored");
  CHECK(hub->revision() == 7);
  CHECK(test::text(state(*view)->items) == "a=old");
  CHECK(test::next(*watch).reason == "restored");
  const auto next = hub->watch({.range = KeyRange::all(), .from = 8, .client = {}});
  hub->publish({8, {item("b", 8)}, 0});
  CHECK(test::text(test::next(*next).events) == "b=x");
}

TEST_CASE("A watch may begin behind a revision that was heard of", "[server][store]") {
  const auto hub = std::make_shared<WatchHub>(start_of(5, {}));
  const auto begin = [&](Revision from) {
    hub->watch({.range = KeyRange::all(), .from = from, .client = {}});
  };
  CHECK(test::fault_of([&] { begin(8); }) == Fault::refused);
  hub->hear(7);
  CHECK(hub->revision() == 7);
  CHECK_FALSE(test::fault_of([&] { begin(8); }));
  const auto watch = hub->watch({.range = KeyRange::all(), .client = {}});
  CHECK(test::run(watch->next(test::now())).revision == 7);
  hub->publish({6, {item("a", 6)}, 0});
  CHECK(test::is_quiet(*watch));
  hub->publish({8, {item("b", 8)}, 0});
  CHECK(test::text(test::next(*watch).events) == "b=x");
}

TEST_CASE("A hub without its upstream says so to those who waited for nothing", "[server][store]") {
  const auto hub = std::make_shared<WatchHub>(start_of(5, {item("a", 2)}));
  const auto watch = hub->watch({.range = KeyRange::all(), .from = 6, .client = {}});
  const auto view = hub->view(KeyRange::all());
  hub->set_lost("no leader");
  CHECK(state(*view));
  CHECK(test::fault_of([&] { state(*view); }) == Fault::unavailable);
  CHECK(test::fault_of([&] { test::is_quiet(*watch); }) == Fault::unavailable);
  hub->set_lost(std::nullopt);
  CHECK(test::is_quiet(*watch));
  CHECK_FALSE(state(*view));
}
