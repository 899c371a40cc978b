#include "examples/logkit-agent/read/delete_rights.hpp"

#include <fcntl.h>

#include <agent/error.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "tests/support/temp_dir.hpp"

using namespace logkit;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

EntryFile entry_of(const std::string& path) {
  FileFacts facts;
  REQUIRE(look_at(path, facts));
  return {path, facts.key, facts.size, facts.modified_ns, true};
}

std::size_t count_files(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), {}));
}

}  // namespace

TEST_CASE("Files are deleted below the allowed directories only with links resolved", "[examples]") {
  const test::TempDir dir;
  for (const char* name : {"logs/deep", "other"}) fs::create_directories(dir.file(name));
  for (const char* name : {"logs/a", "logs/deep/b", "logs-2", "other/c"}) dir.write(name, "1\n");
  fs::create_directory_symlink(dir.file("other"), dir.file("logs/out"));
  fs::create_directory_symlink(dir.file("logs"), dir.file("in"));
  const DeleteRights rights({dir.file("none"), dir.file("logs")});
  for (const char* name : {"logs-2", "other/c", "logs/out/c", "logs/../logs-2"}) {
    const EntryFile entry = entry_of(dir.file(name));
    CHECK_THROWS_WITH(rights.remove(entry), Contains("logkit.delete_roots"));
    CHECK(fs::exists(dir.file(name)));
  }
  CHECK_FALSE(DeleteRights().allows_any());
  const EntryFile inside = entry_of(dir.file("logs/a"));
  CHECK_THROWS_AS(DeleteRights().remove(inside), agent::Error);
  rights.remove(entry_of(dir.file("in/a")));
  rights.remove(entry_of(dir.file("logs/deep/b")));
  CHECK(count_files(dir.file("logs/deep")) == 0);
  CHECK_FALSE(fs::exists(dir.file("logs/a")));
}

TEST_CASE("A file that is not what it was is not deleted", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.write("a", "1\n");
  const DeleteRights rights({dir.path()});
  const EntryFile before = entry_of(path);
  EntryFile asked = before;
  const auto is_refused = [&] {
    CHECK_THROWS_WITH(rights.remove(asked), Contains("not deleted"));
    CHECK(fs::exists(path));
    asked = before;
  };
  ++asked.size;
  is_refused();
  ++asked.modified_ns;
  is_refused();
  ++asked.key.inode;
  is_refused();
  fs::create_hard_link(path, dir.file("b"));
  is_refused();
  fs::rename(path, dir.file("c"));
  fs::remove(dir.file("b"));
  fs::create_symlink(dir.file("c"), path);
  is_refused();
  fs::remove(path);
  dir.write("a", "1\n");
  is_refused();
  CHECK(count_files(dir.path()) == 2);
  asked = entry_of(path);
  fs::remove(path);
  CHECK_THROWS_AS(rights.remove(asked), agent::Error);
}

TEST_CASE("Whoever swaps the path of a file has no other file deleted", "[examples]") {
  const test::TempDir dir;
  const std::string path = dir.file("logs/a");
  const std::string second = dir.file("logs/b");
  fs::create_directories(dir.file("logs"));
  dir.write("logs/b", "other\n");
  const FileKey other = entry_of(second).key;
  const DeleteRights rights({dir.file("logs")});
  std::atomic<bool> is_over{false};
  std::thread swapper([&] {
    while (!is_over) ::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, second.c_str(), RENAME_EXCHANGE);
  });
  const auto has_other = [&] {
    FileFacts facts;
    return (look_at(path, facts) && facts.key == other) || (look_at(second, facts) && facts.key == other);
  };
  int deleted = 0;
  for (bool is_there = true; is_there && deleted < 1000;) {
    EntryFile target = entry_of(dir.write("new", "target\n"));
    fs::rename(target.path, fs::exists(path) ? second : path);
    target.path = path;
    for (const int before = deleted; is_there && deleted == before;) {
      try {
        rights.remove(target);
        ++deleted;
        is_there = has_other();
      } catch (const agent::Error&) {
        is_there = count_files(dir.file("logs")) == 2;
      }
    }
  }
  is_over = true;
  swapper.join();
  CHECK(deleted == 1000);
  CHECK(has_other());
}
