#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "tests/server/store/sqlite_rig.hpp"

using namespace server::store;
using test::put;

namespace {

// Puts many keys at a time.
class Filler {
 public:
  explicit Filler(Store& store) : store_(store) {}

  void put(const std::string& key, std::size_t bytes) {
    txn_.then.emplace_back(PutOp{key, std::string(bytes, 'x'), 0});
    if (txn_.then.size() == 100 || txn_.bytes() > kMaxTxn / 2) flush();
  }
  void flush() { test::txn(store_, std::exchange(txn_, {})); }

 private:
  Store& store_;
  Txn txn_;
};

std::size_t file_size(const std::string& path) {
  return std::filesystem::exists(path) ? std::filesystem::file_size(path) : 0;
}

std::size_t live_bytes(Store& store) {
  std::size_t sum = 0;
  for (const Item& item : test::get(store, KeyRange::all()).items) sum += item->cost();
  return sum;
}

}  // namespace

TEST_CASE("The files are bounded by what lives and by the history, though a view never pauses",
          "[server][store]") {
  SqliteStoreOptions options;
  options.history.bytes = 256 * 1024;
  test::SqliteRig rig(1000, options);
  Store& store = rig.store();
  const auto view = store.view(KeyRange::all());
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  std::mt19937_64 random(7);
  std::size_t longest_wal = 0;
  for (int round = 0; round < 40; ++round) {
    Filler filler(store);
    for (int i = 0; i < 500; ++i)
      filler.put("k" + std::to_string(round) + "/" + std::to_string(i % 100), random() % 2000);
    filler.flush();
    if (round >= 10) test::erase(store, KeyRange::prefix("k" + std::to_string(round - 10) + "/"));
    test::run(view->next(test::now()));
    longest_wal = std::max(longest_wal, file_size(rig.path() + "-wal"));
  }
  CHECK(longest_wal < 64u << 20);
  const std::size_t live = live_bytes(store);
  rig.sqlite().settle();
  rig.close();
  CHECK(file_size(rig.path() + "-wal") == 0);
  const std::size_t ring = options.history.bytes * 5 / 4;
  INFO("file " << file_size(rig.path()) << ", live " << live << ", ring " << ring);
  CHECK(file_size(rig.path()) <= 2 * live + ring + 256 * 1024);
}

TEST_CASE("A file whose keys were deleted shrinks", "[server][store]") {
  SqliteStoreOptions options;
  options.history.bytes = 64 * 1024;
  test::SqliteRig rig(1000, options);
  Filler filler(rig.store());
  for (int i = 0; i < 400; ++i) filler.put(std::to_string(i), 20'000);
  filler.flush();
  rig.restart();
  const std::size_t full = file_size(rig.path());
  CHECK(full > 8'000'000);
  test::erase(rig.store(), KeyRange::all());
  rig.compact();
  rig.sqlite().settle();
  rig.restart();
  CHECK(file_size(rig.path()) < full / 3);
}

TEST_CASE("A store that is full refuses what makes it larger, and takes deletes", "[server][store]") {
  SqliteStoreOptions options;
  options.max_bytes = 100'000;
  test::SqliteRig rig(test::kShortHistory, options);
  Store& store = rig.store();
  std::size_t count = 0;
  const auto add = [&] {
    return test::fault_of([&] { put(store, std::to_string(count), std::string(1000, 'x')); });
  };
  while (!add()) ++count;
  CHECK(add() == Fault::refused);
  CHECK(count == 100'000 / (1000 + kKeyCost + 2));
  put(store, "0", std::string(10, 'x'));  // less than there was
  rig.restart();
  CHECK(test::get(rig.store(), KeyRange::all()).items.size() == count);
  test::erase(rig.store(), KeyRange::key("1"));
  CHECK_FALSE(test::fault_of([&] { put(rig.store(), "new", std::string(1000, 'x')); }));
}
