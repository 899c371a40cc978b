#include <string>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using test::put;
using test::text;

namespace {

std::optional<Snapshot> state(View& view) { return test::run(view.next(test::soon())); }
std::optional<Snapshot> state_now(View& view) { return test::run(view.next(test::now())); }

}  // namespace

TEST_CASE("A view begins with how things are, and gives what changes", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  put(store, "a/1", "x");
  const auto view = store.view(KeyRange::prefix("a/"));
  std::string first = text(state(*view)->items);
  if (first.empty()) first = text(state(*view)->items);  // another server's store may be behind for a moment
  CHECK(first == "a/1=x");
  CHECK_FALSE(state_now(*view));
  put(store, "b", "x");
  CHECK_FALSE(state_now(*view));
  const Revision changed = put(store, "a/2", "y");
  const auto second = state(*view);
  CHECK(text(second->items) == "a/1=x a/2=y");
  CHECK(second->revision == changed);
}

TEST_CASE("A view of nothing is a state, too", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  const auto view = rig->store().view(KeyRange::prefix("none/"));
  CHECK(state(*view)->items.empty());
}

TEST_CASE("A slow reader of a view always gets the last state", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const auto view = store.view(KeyRange::key("a"));
  CHECK(state(*view)->items.empty());
  for (int i = 0; i < 50; ++i) put(store, "a", std::to_string(i));
  rig->compact();
  CHECK(text(state(*view)->items) == "a=49");
  CHECK_FALSE(state_now(*view));
  test::erase(store, KeyRange::key("a"));
  CHECK(state(*view)->items.empty());
}
