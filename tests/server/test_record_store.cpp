#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <future>

#include "agent/error.hpp"
#include "store/record_store.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using server::RecordStore;

namespace {

bool saved(RecordStore& store, RecordStore::Row row) {
  std::promise<bool> done;
  store.save(std::move(row), [&done](bool ok) { done.set_value(ok); });
  return done.get_future().get();
}

}  // namespace

TEST_CASE("Records are there after a restart, the newest of each id", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  {
    RecordStore store(path);
    CHECK(store.load().empty());
    CHECK(saved(store, {"b", 7, "old"}));
    store.save({"a", 0, "one"});
    store.save({"b", 8, "new"});
    store.save({"c", 0, "gone"});
    store.remove("c");
  }
  RecordStore store(path);
  const auto rows = store.load();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].id == "a");
  CHECK(rows[1].text == "new");
  CHECK(rows[1].expires == 8);
}

TEST_CASE("A record that was reported as saved is in the file", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  RecordStore store(path);
  CHECK(saved(store, {"a", 0, std::string("with \0 inside", 13)}));
  RecordStore reader(path);
  REQUIRE(reader.load().size() == 1);
  CHECK(reader.load()[0].text.size() == 13);
}

TEST_CASE("A transaction that fails takes nothing, and the next one is a whole one again",
          "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/disk";
  test::SmallDisk disk(path);
  if (!disk.is_mounted()) return;  // only root can make one
  RecordStore store(path + "/records.db");
  CHECK(saved(store, {"a", 0, "x"}));
  for (int i = 0; i < 3; ++i) CHECK_FALSE(saved(store, {"large", 0, std::string(3 << 20, 'x')}));
  CHECK(saved(store, {"b", 0, "y"}));
  store.close();
  const auto rows = RecordStore(path + "/records.db").load();
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].id == "b");
}

TEST_CASE("The records are readable for their owner only", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  RecordStore store(path);
  CHECK(saved(store, {"a", 0, "x"}));
  for (const char* suffix : {"", "-wal"}) {
    struct stat status {};
    REQUIRE(::stat((path + suffix).c_str(), &status) == 0);
    CHECK((status.st_mode & 0077) == 0);
  }
}

TEST_CASE("A file that is no database is refused by its name", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  std::ofstream(path) << std::string(4096, 'x');
  CHECK_THROWS_WITH(RecordStore(path), Catch::Contains("records.db"));
}
