#include <string>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using test::put;
using test::text;

namespace {

Operation put_of(std::string_view key, std::string_view value) {
  return PutOp{std::string(key), std::string(value), 0};
}

Txn unless(Compare compare, Operation operation) {
  Txn txn;
  txn.compares.push_back(std::move(compare));
  txn.then.push_back(std::move(operation));
  return txn;
}

}  // namespace

TEST_CASE("A key is made only once when it must be absent", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const TxnAnswer first = test::txn(store, unless(Compare::absent("a"), put_of("a", "1")));
  CHECK(first.succeeded);
  const TxnAnswer second = test::txn(store, unless(Compare::absent("a"), put_of("a", "2")));
  CHECK_FALSE(second.succeeded);
  CHECK(second.revision == first.revision);
  CHECK(test::value(store, "a") == "1");
}

TEST_CASE("A transaction is done whole, at one revision", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  put(store, "old/1", "x");
  put(store, "old/2", "x");
  Txn txn;
  txn.then = {put_of("a", "1"), put_of("b", "2"), DeleteOp{KeyRange::prefix("old/")},
              GetOp{KeyRange::all(), 0}};
  const TxnAnswer answer = test::txn(store, std::move(txn));
  REQUIRE(answer.answers.size() == 4);
  CHECK(answer.answers[2].deleted == 2);
  CHECK(text(answer.answers[3].items) == "a=1 b=2");
  for (const Item& item : answer.answers[3].items) CHECK(item->modified == answer.revision);
}

TEST_CASE("A failed condition does the other branch", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  put(store, "a", "1");
  Txn txn = unless(Compare::absent("a"), put_of("a", "2"));
  txn.otherwise = {GetOp{KeyRange::key("a"), 0}, put_of("b", "3")};
  const TxnAnswer answer = test::txn(store, std::move(txn));
  CHECK_FALSE(answer.succeeded);
  CHECK(text(answer.answers.at(0).items) == "a=1");
  CHECK(test::value(store, "b") == "3");
}

TEST_CASE("Every kind of condition looks at the key as it is", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const Revision made = put(store, "a", "1");
  const Revision changed = put(store, "a", "2");
  using Target = Compare::Target;
  using Is = Compare::Is;
  struct Case {
    Compare compare;
    bool holds;
  };
  const Case cases[] = {
      {{"a", Target::created, Is::equal, made, ""}, true},
      {{"a", Target::created, Is::equal, changed, ""}, false},
      {{"a", Target::modified, Is::equal, changed, ""}, true},
      {{"a", Target::modified, Is::greater, made, ""}, true},
      {{"a", Target::modified, Is::less, made, ""}, false},
      {{"a", Target::version, Is::equal, 2, ""}, true},
      {{"a", Target::version, Is::not_equal, 2, ""}, false},
      {{"a", Target::lease, Is::equal, 0, ""}, true},
      {{"a", Target::value, Is::equal, 0, "2"}, true},
      {{"a", Target::value, Is::greater, 0, "1"}, true},
      {{"a", Target::value, Is::less, 0, "1"}, false},
      {{"b", Target::created, Is::equal, 0, ""}, true},
      {{"b", Target::version, Is::less, 1, ""}, true},
      {{"b", Target::value, Is::equal, 0, ""}, false},
      {{"b", Target::value, Is::not_equal, 0, "x"}, false},
  };
  for (const Case& one : cases) {
    Txn txn;
    txn.compares.push_back(one.compare);
    INFO(one.compare.key << " " << static_cast<int>(one.compare.target) << " "
                         << static_cast<int>(one.compare.is));
    CHECK(test::txn(store, std::move(txn)).succeeded == one.holds);
  }
}

TEST_CASE("commit() throws compare failed, and changes nothing", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const Revision before = put(store, "a", "1");
  const auto again = [&] {
    test::run(commit(store, unless(Compare::absent("a"), put_of("a", "2")), test::soon()));
  };
  CHECK(test::fault_of(again) == Fault::compare_failed);
  CHECK(test::get(store, KeyRange::all()).revision == before);
}

TEST_CASE("Operations of a transaction see those before them", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  put(store, "a", "old");
  put(store, "c", "old");
  Txn txn;
  txn.then = {GetOp{KeyRange::all(), 0}, put_of("b", "new"), DeleteOp{KeyRange::key("a")},
              GetOp{KeyRange::all(), 0}, GetOp{KeyRange::all(), 1}};
  const TxnAnswer answer = test::txn(store, std::move(txn));
  CHECK(text(answer.answers.at(0).items) == "a=old c=old");
  CHECK(text(answer.answers.at(3).items) == "b=new c=old");
  CHECK(text(answer.answers.at(4).items) == "b=new");
  CHECK(answer.answers.at(4).more);
}
