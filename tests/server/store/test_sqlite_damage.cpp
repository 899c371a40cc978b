#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "agent/error.hpp"
#include "store/sqlite_file.hpp"
#include "tests/server/store/sqlite_rig.hpp"

using namespace server::store;
using test::put;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Everything that a store says: what may not change when it opens at all.
std::string everything(Store& store) {
  const Snapshot found = test::get(store, KeyRange::all());
  std::string out = store.id() + " " + std::to_string(found.revision) + " ";
  for (const Item& item : found.items)
    out += item->key + "=" + item->value + "@" + std::to_string(item->created) + "." +
           std::to_string(item->modified) + "." + std::to_string(item->version) + " ";
  return out;
}

// Opens it: what is in it, or why not.
struct Opened {
  std::string content;
  std::string refusal;
};
Opened open(const SqliteStoreOptions& options) {
  try {
    SqliteStore store(options);
    return {everything(store), {}};
  } catch (const agent::Error& error) {
    return {{}, error.what()};
  }
}

class Damaged {
 public:
  Damaged() {
    for (int i = 0; i < 40; ++i) put(rig_.store(), "key/" + std::to_string(i), std::string(300, 'a'));
    for (int i = 0; i < 20; ++i) put(rig_.store(), "key/" + std::to_string(i), std::string(5000, 'b'));
    content_ = everything(rig_.store());
    rig_.close();
    bytes_ = read(path());
  }
  const std::string& path() const { return rig_.path(); }
  const std::string& bytes() const { return bytes_; }
  const std::string& content() const { return content_; }

  Opened open_with(const std::string& bytes) {
    std::filesystem::remove(path() + "-wal");
    write(path(), bytes);
    return open(rig_.options());
  }

 private:
  test::SqliteRig rig_;
  std::string content_;
  std::string bytes_;
};

}  // namespace

TEST_CASE("A store with a flipped bit is refused, or is what it was", "[server][store]") {
  Damaged damaged;
  CHECK(damaged.open_with(damaged.bytes()).content == damaged.content());
  const std::uint64_t seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::size_t refused = 0;
  for (int i = 0; i < 150; ++i) {
    std::string bytes = damaged.bytes();
    const std::size_t at = random() % bytes.size();
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    INFO("byte " << at);
    const Opened opened = damaged.open_with(bytes);
    if (!opened.refusal.empty()) ++refused;
    if (opened.refusal.empty()) CHECK(opened.content == damaged.content());
    if (!opened.refusal.empty()) CHECK_THAT(opened.refusal, Catch::Contains(damaged.path()));
  }
  CHECK(refused > 50);
}

TEST_CASE("A store whose file was cut is refused", "[server][store]") {
  Damaged damaged;
  for (const std::size_t pages : {1u, 2u, 5u, 20u}) {
    const Opened opened = damaged.open_with(damaged.bytes().substr(0, pages * 4096));
    CHECK_FALSE(opened.refusal.empty());
  }
  CHECK_FALSE(damaged.open_with(damaged.bytes().substr(0, 1000)).refusal.empty());
  CHECK_THAT(damaged.open_with(std::string(8192, 'x')).refusal, Catch::Contains("restore a backup"));
}

TEST_CASE("A store that lacks a row, or has one of others, is refused", "[server][store]") {
  for (const char* sql :
       {"DELETE FROM store_changes WHERE place = 3", "UPDATE store_changes SET value = 'c' WHERE place = 3",
        "UPDATE store_state SET revision = revision + 1", "DELETE FROM store_state",
        "INSERT INTO store_leases VALUES (1, 1000, 0, 0, 0)", "DROP TABLE store_state",
        "DROP TABLE store_changes"}) {
    test::SqliteRig rig;
    for (int i = 0; i < 5; ++i) put(rig.store(), "a" + std::to_string(i), "1");
    rig.close();
    SqliteFile(rig.path(), Sync::full).execute(sql);
    INFO(sql);
    CHECK_FALSE(open(rig.options()).refusal.empty());
  }
}
