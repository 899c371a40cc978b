#include <sys/mount.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "agent/error.hpp"
#include "store/sqlite_file.hpp"
#include "tests/server/store/sqlite_rig.hpp"
#include "tests/support/small_disk.hpp"

using namespace server::store;
using test::put;
using test::text;
using test::value;

TEST_CASE("A store is there after a restart, with its revision, its id and its history", "[server][store]") {
  test::SqliteRig rig;
  const std::string id = rig.store().id();
  const Revision first = put(rig.store(), "a", "1");
  put(rig.store(), "a", "2");
  put(rig.store(), "b", "3");
  const Revision last = test::erase(rig.store(), KeyRange::key("b"));
  rig.restart();
  Store& store = rig.store();
  CHECK(store.id() == id);
  const Snapshot found = test::get(store, KeyRange::all());
  CHECK(found.revision == last);
  CHECK(text(found.items) == "a=2");
  CHECK(found.items[0]->created == first);
  CHECK(found.items[0]->version == 2);
  const auto watch = store.watch({.range = KeyRange::all(), .from = first, .client = {}});
  CHECK(text(test::next(*watch).events) == "a=1 a=2 b=3 -b");
  CHECK(put(store, "c", "4") == last + 1);
}

TEST_CASE("What was compacted stays so over a restart, what lives stays, too", "[server][store]") {
  test::SqliteRig rig;
  const Revision first = put(rig.store(), "a", "1");
  put(rig.store(), "gone", "x");
  test::erase(rig.store(), KeyRange::key("gone"));
  rig.compact();
  rig.restart();
  CHECK(value(rig.store(), "a") == "1");
  CHECK_FALSE(value(rig.store(), "gone"));
  const auto watch = rig.store().watch({.range = KeyRange::all(), .from = first, .client = {}});
  CHECK(test::next(*watch).kind == WatchMessage::Kind::compacted);
}

TEST_CASE("A closed store is unavailable, and its watches end", "[server][store]") {
  test::SqliteRig rig;
  Store& store = rig.store();
  put(store, "a", "1");
  const auto watch = store.watch({.range = KeyRange::all(), .client = {}});
  const auto view = store.view(KeyRange::all());
  rig.sqlite().close();
  CHECK(test::fault_of([&] { put(store, "a", "2"); }) == Fault::unavailable);
  CHECK(test::fault_of([&] { test::get(store, KeyRange::all()); }) == Fault::unavailable);
  CHECK(test::fault_of([&] { store.watch({.range = KeyRange::all(), .client = {}}); }) == Fault::unavailable);
  const WatchMessage last = test::next(*watch);
  CHECK(last.kind == WatchMessage::Kind::cancelled);
  CHECK(last.reason == "the store is closed");
  CHECK(test::fault_of([&] { test::run(view->next(test::soon())); }) == Fault::unavailable);
  rig.close();  // the watch outlives the store
  CHECK(test::next(*watch).kind == WatchMessage::Kind::cancelled);
}

TEST_CASE("A store that is open cannot be opened again", "[server][store]") {
  test::SqliteRig rig;
  CHECK_THROWS_WITH(SqliteStore(rig.options()),
                    Catch::Contains("one at a time") && Catch::Contains(rig.path()));
  put(rig.store(), "a", "1");
  rig.restart();
  CHECK(value(rig.store(), "a") == "1");
}

TEST_CASE("The files of a store are readable for their owner only", "[server][store]") {
  test::SqliteRig rig;
  put(rig.store(), "a", "1");
  for (const char* suffix : {"", "-wal", ".lock"}) {
    struct stat status {};
    REQUIRE(::stat((rig.path() + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0077) == 0);
  }
}

TEST_CASE("A file of a newer format is refused, and is left as it is", "[server][store]") {
  test::SqliteRig rig;
  put(rig.store(), "a", "1");
  rig.close();
  SqliteFile(rig.path(), Sync::full).execute("UPDATE store_state SET format = 2");
  CHECK_THROWS_WITH(rig.open(), Catch::Contains("format 2") && Catch::Contains("newer"));
  SqliteFile(rig.path(), Sync::full).execute("UPDATE store_state SET format = 1");
  rig.open();
  CHECK(value(rig.store(), "a") == "1");
}

TEST_CASE("The journal mode is read back", "[server][store]") {
  CHECK_THROWS_WITH(SqliteFile(":memory:", Sync::full), Catch::Contains("journal_mode"));
}

TEST_CASE("Tables of others in the file stay theirs", "[server][store]") {
  test::TempDir directory;
  const std::string path = directory.file("store.db");
  SqliteFile(path, Sync::full).execute("CREATE TABLE records (id TEXT); INSERT INTO records VALUES ('x')");
  {
    SqliteStoreOptions options;
    options.path = path;
    SqliteStore store(options);
    put(store, "a", "1");
  }
  CHECK(SqliteFile(path, Sync::full).number("SELECT count(*) FROM records") == 1);
}

TEST_CASE("A full disk makes writes unavailable until there is room", "[server][store]") {
  test::TempDir directory;
  const std::string path = directory.file("disk");
  test::SmallDisk disk(path);
  if (!disk.is_mounted()) return;  // only root can make one
  SqliteStoreOptions options;
  options.path = path + "/store.db";
  test::SqliteRig rig(test::kShortHistory, options);
  Store& store = rig.store();
  put(store, "a", "1");
  for (int i = 0; i < 3; ++i) {
    Txn large;
    large.then.emplace_back(PutOp{"half", "x", 0});
    large.then.emplace_back(PutOp{"large", std::string(kMaxValue, 'x'), 0});
    std::ofstream(path + "/filler") << std::string(2 << 20, 'x');
    CHECK(test::fault_of([&] { test::txn(store, large); }) == Fault::unavailable);
  }
  CHECK_FALSE(value(store, "half"));
  CHECK(value(store, "a") == "1");
  REQUIRE(::unlink((path + "/filler").c_str()) == 0);
  put(store, "b", "2");
  rig.restart();
  CHECK(text(test::get(rig.store(), KeyRange::all()).items) == "a=1 b=2");
  rig.close();
}

TEST_CASE("A disk that is read-only is named when the store opens", "[server][store]") {
  test::TempDir directory;
  const std::string path = directory.file("disk");
  test::SmallDisk disk(path);
  if (!disk.is_mounted()) return;  // only root can make one
  SqliteStoreOptions options;
  options.path = path + "/store.db";
  {
    SqliteStore store(options);
    put(store, "a", "1");
  }
  REQUIRE(::mount("tmpfs", path.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=2m") == 0);
  CHECK_THROWS_WITH(SqliteStore(options), Catch::Contains("store.db") && Catch::Contains("ead-only"));
}

TEST_CASE("A file that another program has open is refused", "[server][store]") {
  test::TempDir directory;
  SqliteStoreOptions options;
  options.path = directory.file("store.db");
  { SqliteStore store(options); }
  SqliteFile file(options.path, Sync::full);  // as another program would have it open
  CHECK_THROWS_WITH(SqliteStore(options), Catch::Contains("locked"));
}
