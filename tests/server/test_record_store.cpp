#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include "agent/error.hpp"
#include "store/record_store.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using server::RecordStore;
using test::wait_until;

namespace {

bool saved(RecordStore& store, RecordStore::Row row) {
  std::promise<bool> done;
  store.save(std::move(row), [&done](bool ok) { done.set_value(ok); });
  return done.get_future().get();
}

// Another process does `work` with the store, and is killed as soon as it has.
void work_and_be_killed(const std::string& path, const std::function<void(RecordStore&)>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    RecordStore store(path);
    work(store);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}

void save_and_be_killed(const std::string& path, const std::vector<RecordStore::Row>& rows) {
  work_and_be_killed(path, [&](RecordStore& store) {
    for (const RecordStore::Row& row : rows) saved(store, row);
  });
}

std::string text_of(const std::string& path, const std::string& id) {
  for (const RecordStore::Row& row : RecordStore(path).load())
    if (row.id == id) return row.text;
  return "none";
}

void fill(const std::string& path) {
  std::ofstream out(path, std::ios::binary);
  const std::string block(64 * 1024, 'x');
  for (int i = 0; i < 64 && out; ++i) out << block << std::flush;
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

TEST_CASE("A record that was reported as saved is there after kill -9", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  save_and_be_killed(path, {{"a", 3, std::string("with \0 inside", 13)}, {"b", 0, "old"}, {"b", 5, "new"}});
  save_and_be_killed(path, {{"c", 0, ""}});
  const auto rows = RecordStore(path).load();
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].text == std::string("with \0 inside", 13));
  CHECK(rows[0].expires == 3);
  CHECK(rows[1].text == "new");
  CHECK(rows[2].text.empty());
  work_and_be_killed(path, [](RecordStore& store) { store.remove("b"); });
  CHECK(text_of(path, "b") == "none");
}

TEST_CASE("A record that must survive the machine is in the file when it is reported as saved",
          "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  RecordStore store(path, server::Survives::machine);
  CHECK(saved(store, {"a", 0, "x"}));
  CHECK_FALSE(std::filesystem::exists(path + "-ring"));
  CHECK(text_of(path, "a") == "x");
}

TEST_CASE("Records come into the database without being waited for", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  RecordStore store(path);
  CHECK(saved(store, {"a", 0, "x"}));
  // The ring is the first one's alone: others see what is in the database.
  wait_until("the record", [&] { return text_of(path, "a") == "x"; });
  store.remove("a");
  wait_until("the removal", [&] { return text_of(path, "a") == "none"; });
}

TEST_CASE("A ring that a crash of the machine has set back changes no record", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  save_and_be_killed(path, {{"a", 0, "old"}, {"b", 0, "gone"}});
  std::filesystem::copy_file(path + "-ring", path + "-before");
  {
    RecordStore store(path);
    store.save({"a", 0, "new"});
    store.remove("b");
  }
  std::filesystem::rename(path + "-before", path + "-ring");
  CHECK(text_of(path, "a") == "new");
  CHECK(text_of(path, "b") == "none");
  save_and_be_killed(path, {{"a", 0, "newest"}});
  CHECK(text_of(path, "a") == "newest");
}

TEST_CASE("A ring that was made anew counts from its own beginning", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  {
    RecordStore store(path);
    store.save({"a", 0, std::string(9000, 'x')});
  }
  std::filesystem::remove(path + "-ring");
  save_and_be_killed(path, {{"a", 0, "new"}});
  CHECK(text_of(path, "a") == "new");
}

TEST_CASE("The last record of an id counts, whether it has room in the ring or not", "[server][commands]") {
  constexpr int kThreads = 3;
  constexpr int kRounds = 900;  // of 2 KiB: five times the ring
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  {
    RecordStore store(path);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&store, thread] {
        for (int round = 1; round <= kRounds; ++round) {
          const std::string id = std::to_string(thread) + "-" + std::to_string(round % 7);
          // Some never have room.
          const std::size_t size = round % 300 == 0 ? server::RecordRing::kCapacity : 2048;
          store.save({id, round, std::string(size, 'x')});
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const auto rows = RecordStore(path).load();
  REQUIRE(rows.size() == kThreads * 7);
  for (const RecordStore::Row& row : rows) {
    const int number = row.id.back() - '0';
    CHECK(row.expires > kRounds - 7);
    CHECK(row.expires % 7 == number);
  }
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

TEST_CASE("What a full disk does not take waits in the ring, and is known all the while",
          "[server][commands]") {
  test::TempDir directory;
  const std::string disk = directory.path() + "/disk";
  test::SmallDisk small(disk);
  if (!small.is_mounted()) return;  // only root can make one
  const std::string path = disk + "/records.db";
  save_and_be_killed(path, {{"a", 0, "old"}});
  save_and_be_killed(path, {{"a", 0, "new"}});
  fill(disk + "/filler");
  {
    RecordStore store(path);
    REQUIRE(store.load().size() == 1);
    CHECK(store.load()[0].text == "new");
    // The database says how it went, as long as it takes nothing.
    CHECK_FALSE(saved(store, {"b", 0, "refused"}));
  }
  std::filesystem::remove(disk + "/filler");
  RecordStore store(path);
  CHECK(store.load().size() == 1);
  CHECK(saved(store, {"b", 0, "taken"}));
  store.close();
  CHECK(text_of(path, "a") == "new");
  CHECK(text_of(path, "b") == "taken");
}

TEST_CASE("A disk that fills meanwhile is told to whoever saves, until there is room again",
          "[server][commands]") {
  test::TempDir directory;
  const std::string disk = directory.path() + "/disk";
  test::SmallDisk small(disk);
  if (!small.is_mounted()) return;  // only root can make one
  RecordStore store(disk + "/records.db");
  CHECK(saved(store, {"a", 0, "x"}));
  fill(disk + "/filler");
  wait_until("a record is refused", [&] { return !saved(store, {"b", 0, std::string(4096, 'y')}); });
  std::filesystem::remove(disk + "/filler");
  wait_until("a record is taken", [&] { return saved(store, {"b", 0, "z"}); });
  store.close();
  CHECK(text_of(disk + "/records.db", "b") == "z");
}

TEST_CASE("Records are stored, too, where there can be no ring", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  std::filesystem::create_directory(path + "-ring");  // stands for it: no file can be made there
  {
    RecordStore store(path);
    CHECK(saved(store, {"a", 0, "x"}));
  }
  CHECK(text_of(path, "a") == "x");
}

TEST_CASE("The records are readable for their owner only", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/records.db";
  RecordStore store(path);
  CHECK(saved(store, {"a", 0, "x"}));
  for (const char* suffix : {"", "-wal", "-ring"}) {
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
