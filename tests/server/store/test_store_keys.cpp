#include <string>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using test::erase;
using test::get;
using test::put;
using test::text;

TEST_CASE("A store begins at a revision and counts each change", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const Revision start = get(store, KeyRange::all()).revision;
  CHECK(start >= 1);
  CHECK(put(store, "a", "1") == start + 1);
  CHECK(put(store, "a", "1") == start + 2);
  CHECK(erase(store, KeyRange::key("a")) == start + 3);
  CHECK(erase(store, KeyRange::key("a")) == start + 3);  // nothing was there
  CHECK(get(store, KeyRange::all()).revision == start + 3);
}

TEST_CASE("A key has the revisions and the version of its puts", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const Revision first = put(store, "a", "1");
  put(store, "b", "1");
  const Revision second = put(store, "a", "2");
  const Item item = get(store, KeyRange::key("a")).items.at(0);
  CHECK(item->value == "2");
  CHECK(item->created == first);
  CHECK(item->modified == second);
  CHECK(item->version == 2);
  erase(store, KeyRange::key("a"));
  const Revision again = put(store, "a", "3");
  const Item anew = get(store, KeyRange::key("a")).items.at(0);
  CHECK(anew->created == again);
  CHECK(anew->version == 1);
}

TEST_CASE("A prefix gives its keys in the order of their bytes", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  for (const char* key : {"b/2", "a", "b/10", "b", "b0", "b/"}) put(store, key, "x");
  CHECK(text(get(store, KeyRange::prefix("b/")).items) == "b/=x b/10=x b/2=x");
  CHECK(text(get(store, KeyRange::key("b")).items) == "b=x");
  CHECK(get(store, KeyRange::all()).items.size() == 6);
  CHECK(text(get(store, {"b", "b/2"}).items) == "b=x b/=x b/10=x");
  CHECK(text(get(store, {"b/2", ""}).items) == "b/2=x b0=x");
}

TEST_CASE("A limit says whether there is more", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  for (const char* key : {"a", "b", "c"}) put(store, key, "x");
  const Snapshot two = get(store, KeyRange::all(), 2);
  CHECK(text(two.items) == "a=x b=x");
  CHECK(two.more);
  CHECK_FALSE(get(store, KeyRange::all(), 3).more);
}

TEST_CASE("Keys and values are bytes", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const std::string key("a\0\xff\xfe", 4);
  const std::string value("\0\x80\n", 3);
  put(store, key, value);
  put(store, std::string("a\0", 2), "");
  CHECK(test::value(store, key) == value);
  CHECK(test::value(store, std::string("a\0", 2)) == "");
  CHECK_FALSE(test::value(store, "a"));
  CHECK(get(store, KeyRange::prefix(std::string("a\0", 2))).items.size() == 2);
}

TEST_CASE("The range of a prefix ends behind its last key", "[server][store]") {
  CHECK(KeyRange::prefix("ab") == KeyRange{"ab", "ac"});
  CHECK(KeyRange::prefix("a\xff") == KeyRange{"a\xff", "b"});
  CHECK(KeyRange::prefix("\xff\xff") == KeyRange{"\xff\xff", ""});
  CHECK(KeyRange::prefix("") == KeyRange::all());
  CHECK(KeyRange::key("a").contains("a"));
  CHECK_FALSE(KeyRange::key("a").contains(std::string("a\0", 2)));
}
