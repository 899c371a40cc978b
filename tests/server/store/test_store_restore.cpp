// Backups of the embedded store, and what is restored of them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/error.hpp"
#include "store/backup_text.hpp"
#include "store/store_restore.hpp"
#include "tests/server/store/sqlite_rig.hpp"

using namespace test;
using namespace server::store;
using Catch::Matchers::Contains;

namespace {

std::string backup_text(StoreCopy copy) {
  BackupWriter writer(std::move(copy));
  std::string text;
  for (std::string piece = writer.next(); !piece.empty(); piece = writer.next()) text += piece;
  return text;
}

std::string backup_of(SqliteRig& rig) { return backup_text(run(rig.sqlite().copy(soon()))); }

StoreCopy copy_of(const std::string& text) {
  TempDir directory;
  return read_backup(directory.write("backup", text));
}

std::string fault_in(const std::string& text) {
  try {
    copy_of(text);
  } catch (const agent::Error& error) {
    return error.what();
  }
  return {};
}

// Everything that is told of a key.
std::string whole(const Item& item) {
  return item->key + " " + item->value + " " + std::to_string(item->created) + " " +
         std::to_string(item->modified) + " " + std::to_string(item->version) + " " +
         std::to_string(item->lease);
}

std::vector<std::string> whole(const std::vector<Item>& items) {
  std::vector<std::string> out;
  for (const Item& item : items) out.push_back(whole(item));
  return out;
}

void fill(SqliteRig& rig) {
  run(rig.store().grant(std::chrono::seconds(60), 7, soon()));
  put(rig.store(), "/a", "one");
  put(rig.store(), "/a", "two", 7);
  put(rig.store(), std::string("\0\xff", 2), "");
  put(rig.store(), "/gone", "x");
  erase(rig.store(), KeyRange::key("/gone"));
}

}  // namespace

TEST_CASE("A backup is lines of JSON with a sum", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const std::string text = backup_of(rig);
  CHECK_THAT(text, Contains(R"({"store_backup":1,"id":")" + rig.store().id() + R"(","revision":"6"})"));
  CHECK_THAT(text, Contains(R"({"lease":"7","ttl_ms":"60000"})"));
  CHECK_THAT(
      text,
      Contains(
          R"({"key":"L2E=","create_revision":"2","mod_revision":"3","version":"2","value":"dHdv","lease":"7"})"));
  CHECK_THAT(text, Contains(R"({"end":{"leases":"1","keys":"2","sum":")") && !Contains("L2dvbmU="));
}

TEST_CASE("A restored store has the keys as they were, a new id, and a higher revision", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const StoreCopy copy = copy_of(backup_of(rig));
  const auto before = whole(get(rig.store(), KeyRange::all()).items);
  const std::string id = rig.store().id();
  put(rig.store(), "/later", "x");
  erase(rig.store(), KeyRange::key("/a"));
  const Revision last = rig.store().revision();
  rig.close();

  const RestoredStore restored = restore_store(copy, rig.path());
  rig.open();
  CHECK(whole(get(rig.store(), KeyRange::all()).items) == before);
  CHECK(rig.store().revision() == last + kRevisionGap);
  CHECK(rig.store().revision() == restored.revision);
  CHECK(rig.store().id() == restored.id);
  CHECK(rig.store().id() != id);
  CHECK(restored.note.empty());
}

TEST_CASE("Every watch of before a restore lists again", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  const Revision seen = rig.store().revision();
  rig.close();
  restore_store(copy, rig.path());
  rig.open();
  const auto watch = rig.store().watch({.range = KeyRange::all(), .from = seen + 1, .client = {}});
  CHECK(next(*watch).kind == WatchMessage::Kind::compacted);
  CHECK(put(rig.store(), "/a", "new") > seen);
}

TEST_CASE("A lease has its whole ttl after a restore, and its keys go with it", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  rig.pass(std::chrono::seconds(50));
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  rig.close();
  restore_store(copy, rig.path());
  rig.open();
  rig.pass(std::chrono::seconds(50));
  CHECK(value(rig.store(), "/a") == "two");
  rig.pass(std::chrono::seconds(11));
  CHECK_FALSE(value(rig.store(), "/a"));
}

TEST_CASE("The same backup restored twice goes on beyond what was seen in between", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  rig.close();
  restore_store(copy, rig.path());
  rig.open();
  const Revision seen = put(rig.store(), "/between", "x");
  rig.close();
  restore_store(copy, rig.path());
  rig.open();
  CHECK(rig.store().revision() > seen);
  CHECK_FALSE(value(rig.store(), "/between"));
}

TEST_CASE("A restored store is written on, and survives its restart", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  rig.close();
  restore_store(copy, rig.path());
  rig.open();
  put(rig.store(), "/a", "three");
  erase(rig.store(), KeyRange::key(std::string("\0\xff", 2)));
  rig.restart();
  CHECK(text(get(rig.store(), KeyRange::all()).items) == "/a=three");
}

TEST_CASE("The store before a restore is kept, and can be damaged or missing", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  rig.close();
  const std::string damage = GENERATE(as<std::string>{}, "none", "bytes", "missing");
  CAPTURE(damage);
  if (damage == "bytes") std::ofstream(rig.path(), std::ios::binary) << std::string(8192, 'x');
  if (damage == "missing") std::filesystem::remove(rig.path());
  const RestoredStore restored = restore_store(copy, rig.path());
  CHECK(restored.kept.empty() == (damage == "missing"));
  if (!restored.kept.empty()) CHECK(std::filesystem::exists(restored.kept));
  CHECK(restored.note.empty() == (damage != "bytes"));
  rig.open();
  CHECK(value(rig.store(), "/a") == "two");
}

TEST_CASE("A store that is open is not restored", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  CHECK_THROWS_WITH(restore_store(copy, rig.path()), Contains("another process has the store open"));
  CHECK(value(rig.store(), "/a") == "two");
}

TEST_CASE("A backup that is cut or changed anywhere is none", "[server][store]") {
  SqliteRig rig;
  fill(rig);
  const std::string whole = backup_of(rig);
  CHECK(fault_in(whole) == "");
  for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(fault_in(whole.substr(0, size)).empty());
  }
  for (std::size_t at = 0; at + 1 < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    CAPTURE(at, changed.substr(at, 20));
    CHECK_FALSE(fault_in(changed).empty());
  }
}

TEST_CASE("What is no backup is refused with the line", "[server][store]") {
  CHECK_THAT(fault_in(""), Contains("cut short"));
  CHECK_THAT(fault_in("{}\n"), Contains("line 1: no backup of a store"));
  CHECK_THAT(fault_in("SQLite format 3\n"), Contains("line 1"));
  CHECK_THAT(fault_in("{\"store_backup\":2,\"id\":\"1\",\"revision\":\"1\"}\n"),
             Contains("another format: 2"));
  SqliteRig rig;
  fill(rig);
  CHECK_THAT(fault_in(backup_of(rig) + "{}\n"), Contains("behind the end"));
}

TEST_CASE("A backup shows only what is in the file", "[server][store]") {
  SqliteRig rig;
  CHECK(run(rig.sqlite().copy(soon())).items.empty());
  put(rig.store(), "/a", "1");
  const StoreCopy copy = run(rig.sqlite().copy(soon()));
  CHECK(copy.revision == 2);
  CHECK(copy.items.size() == 1);
  CHECK(copy_of(backup_text(copy)).items.size() == 1);
}
