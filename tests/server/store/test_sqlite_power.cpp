#include <random>
#include <string>

#include "tests/server/store/memory_disk.hpp"
#include "tests/server/store/sqlite_rig.hpp"

using namespace server::store;
using test::value;

namespace {

// A store on a disk whose power is cut again and again, and what its writer was told.
class Scene {
 public:
  Scene(Sync sync, std::uint64_t seed) : random_(seed) {
    options_.path = "/store.db";
    options_.sync = sync;
    options_.vfs = disk_.vfs();
    options_.history.events = 30;
    options_.boot = 1;
  }

  std::uint64_t below(std::uint64_t end) { return random_() % end; }
  const test::MemoryDisk& disk() const { return disk_; }

  // Writes until the power is gone.
  void write_until_cut() {
    disk_.cut_after(below(200));
    try {
      SqliteStore store(options_);
      while (write(store)) {
      }
    } catch (const agent::Error&) {
      REQUIRE(disk_.is_cut());  // gone while it opened
    }
    disk_.power_on(random_());
    ++options_.boot;
  }

  // Two keys are always put together, and a third is deleted with every other put.
  void check(SqliteStore& store) {
    const auto a = value(store, "a");
    CHECK(a == value(store, "b"));
    const std::int64_t number = a ? std::stoll(*a) : 0;
    CHECK(value(store, "odd").has_value() == (number % 2 == 1));
    CHECK(number <= written_ + 1);
    if (options_.sync == Sync::full) {
      CHECK(number >= written_);
      CHECK(store.revision() >= revision_);
    }
    if (number < written_) CHECK(store.revision() > revision_ + 1000);
    written_ = number;
    revision_ = store.revision();
  }

  void check() {
    SqliteStore store(options_);
    check(store);
    for (int i = 0; i < 3; ++i) REQUIRE(write(store));
    check(store);
  }

 private:
  bool write(SqliteStore& store) {
    const std::string number = std::to_string(written_ + 1);
    Txn txn;
    txn.then.emplace_back(PutOp{"a", number, 0});
    txn.then.emplace_back(PutOp{"filler" + std::to_string(below(20)), std::string(below(3000), 'x'), 0});
    if ((written_ + 1) % 2 == 1) txn.then.emplace_back(PutOp{"odd", number, 0});
    if ((written_ + 1) % 2 == 0) txn.then.emplace_back(DeleteOp{KeyRange::key("odd")});
    txn.then.emplace_back(PutOp{"b", number, 0});
    try {
      revision_ = test::txn(store, std::move(txn)).revision;
      ++written_;
      return true;
    } catch (const StoreError& error) {
      REQUIRE(error.fault() == Fault::unavailable);
      return false;
    }
  }

  test::MemoryDisk disk_;
  SqliteStoreOptions options_;
  std::mt19937_64 random_;
  std::int64_t written_ = 0;  // acknowledged
  Revision revision_ = 0;
};

constexpr int kCuts = 150;

}  // namespace

TEST_CASE("A store with sync full has every acknowledged write after a power cut, and no half one",
          "[server][store]") {
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  Scene scene(Sync::full, seed);
  for (int cut = 0; cut < kCuts; ++cut) {
    INFO("cut " << cut);
    scene.write_until_cut();
    scene.check();
  }
}

TEST_CASE("A store with sync normal is whole after a power cut, and another one if it lost a write",
          "[server][store]") {
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  Scene scene(Sync::normal, seed);
  for (int cut = 0; cut < kCuts; ++cut) {
    INFO("cut " << cut);
    scene.write_until_cut();
    scene.check();
  }
}

TEST_CASE("A store that may have lost writes has a new id, no history, and a revision beyond all",
          "[server][store]") {
  test::MemoryDisk disk;
  SqliteStoreOptions options;
  options.path = "/store.db";
  options.vfs = disk.vfs();
  options.boot = 1;
  Revision last = 0;
  std::string id;
  {
    SqliteStore store(options);
    id = store.id();
    last = test::put(store, "a", "1");
    disk.cut_after(0);
  }
  disk.power_on(1);
  ++options.boot;
  SqliteStore store(options);
  CHECK(store.id() != id);
  CHECK(store.revision() > last + 1000);
  const auto watch = store.watch({.range = KeyRange::all(), .from = last + 1, .client = {}});
  CHECK(test::next(*watch).kind == WatchMessage::Kind::compacted);
}

TEST_CASE("A store that was closed well goes on after the machine's next start", "[server][store]") {
  test::SqliteRig rig;
  const std::string id = rig.store().id();
  const Revision last = test::put(rig.store(), "a", "1");
  rig.next_boot();
  rig.restart();
  CHECK(rig.store().id() == id);
  CHECK(rig.store().revision() == last);
}
