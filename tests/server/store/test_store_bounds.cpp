#include <string>

#include "tests/server/store/store_rig.hpp"

using namespace server::store;
using test::fault_of;

namespace {

Txn puts(std::size_t count) {
  Txn txn;
  for (std::size_t i = 0; i < count; ++i) txn.then.emplace_back(PutOp{"k" + std::to_string(i), "x", 0});
  return txn;
}

}  // namespace

TEST_CASE("Keys and values beyond their limits are refused, those at the limits are not", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const auto put = [&](std::string key, std::string value) {
    return fault_of([&] { test::put(store, key, value); });
  };
  CHECK(put("", "x") == Fault::refused);
  CHECK(put(std::string(64 * 1024, 'k'), "x") == Fault::refused);
  CHECK(put(std::string(kMaxKey + 1, 'k'), "x") == Fault::refused);
  CHECK(put("a", std::string(kMaxValue + 1, 'v')) == Fault::refused);
  const std::string longest(kMaxKey - rig->key_overhead(), 'k');
  CHECK_FALSE(put(longest, "x"));
  CHECK_FALSE(put("a", std::string(kMaxValue, 'v')));
  CHECK(test::value(store, longest) == "x");
  CHECK(test::get(store, KeyRange::all()).items.size() == 2);
}

TEST_CASE("Transactions beyond the limits are refused whole", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const auto refused = [&](Txn txn) {
    return fault_of([&] { test::txn(store, std::move(txn)); }) == Fault::refused;
  };
  CHECK(refused(puts(kMaxOperations + 1)));
  CHECK_FALSE(refused(puts(kMaxOperations)));
  Txn twice = puts(2);
  twice.then.emplace_back(PutOp{"k0", "y", 0});
  CHECK(refused(twice));
  Txn both = puts(2);
  both.then.emplace_back(DeleteOp{KeyRange::prefix("k")});
  CHECK(refused(both));
  Txn other_branch;
  other_branch.otherwise = twice.then;
  CHECK(refused(other_branch));
  Txn large;
  for (const char* key : {"a", "b"}) large.then.emplace_back(PutOp{key, std::string(kMaxValue, 'v'), 0});
  CHECK(refused(large));
  CHECK(test::get(store, KeyRange::prefix("k")).items.size() == kMaxOperations);
}

TEST_CASE("Ranges that are inverted are refused, an empty transaction is done", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  const KeyRange inverted{"b", "a"};
  const KeyRange empty{"a", "a"};
  for (const KeyRange& range : {inverted, empty}) {
    CHECK(fault_of([&] { test::get(store, range); }) == Fault::refused);
    CHECK(fault_of([&] { test::erase(store, range); }) == Fault::refused);
    CHECK(fault_of([&] { store.watch({.range = range, .client = {}}); }) == Fault::refused);
    CHECK(fault_of([&] { store.view(range); }) == Fault::refused);
  }
  CHECK(test::txn(store, {}).succeeded);
}

TEST_CASE("Everything can be deleted in one transaction", "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  test::txn(store, puts(100));
  const Revision gone = test::erase(store, KeyRange::all());
  const Snapshot left = test::get(store, KeyRange::all());
  CHECK(left.items.empty());
  CHECK(left.revision == gone);
}

TEST_CASE("A lease that there is not is refused to a put, and the transaction is not done",
          "[server][store]") {
  const auto& factory = GENERATE(from_range(test::store_factories()));
  const auto rig = factory.make();
  Store& store = rig->store();
  Txn txn = puts(1);
  txn.then.emplace_back(PutOp{"leased", "x", 4711});
  CHECK(fault_of([&] { test::txn(store, std::move(txn)); }) == Fault::refused);
  CHECK(test::get(store, KeyRange::all()).items.empty());
}
