#include "examples/logkit-agent/read/file_source.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"

using namespace logkit;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

FileSource source_of(const std::string& mode, const std::string& path, const std::string& more = "") {
  const auto document =
      agent::json::Document::parse(R"({"mode": ")" + mode + R"(", "log_path": ")" + path + "\"" + more + "}");
  return read_file_source(PartOptions(document.root(), "reader"), 1 << 20);
}

std::string why_not(const std::string& mode, const std::string& path) {
  try {
    source_of(mode, path);
  } catch (const agent::Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("Mode fileauto finds the mode out by the path", "[examples]") {
  const test::TempDir dir;
  fs::create_directories(dir.file("new"));
  fs::create_directories(dir.file("old"));
  dir.write("new/a.log", "1\n");
  dir.write("old/a.log", "1\n");
  fs::last_write_time(dir.file("old/a.log"), fs::file_time_type::clock::now() - 25h);
  for (const char* path : {"/l/*.log", "/l/a.log.gz", "/l/a.zst", "/l/[ab].log"}) {
    CHECK(source_of("fileauto", path).mode == ReadMode::tailx);
    CHECK(source_of("fileauto", path).log_path == path);
  }
  CHECK(source_of("fileauto", dir.file("new/a.log")).mode == ReadMode::file);
  CHECK(source_of("fileauto", "/no/such/a.log").mode == ReadMode::file);
  for (const char* end : {"", "/"}) {
    const FileSource old = source_of("fileauto", dir.file("old") + end);
    CHECK(old.mode == ReadMode::dir);
    CHECK(old.log_path == dir.file("old"));
    const FileSource fresh = source_of("fileauto", dir.file("new") + end);
    CHECK(fresh.mode == ReadMode::tailx);
    CHECK(fresh.find() == std::vector<std::string>{dir.file("new/a.log")});
  }
  for (const char* path : {"/l/a.tar.gz", "/l/a.zip", "/l/*.tar"})
    CHECK(why_not("fileauto", path).find("archives cannot be read") != std::string::npos);
  CHECK(why_not("file", "/l/*.log").find("only modes tailx and dirx take a pattern") != std::string::npos);
}

TEST_CASE("Mode dirx finds the files of each directory that matches and the oldest first", "[examples]") {
  const test::TempDir dir;
  const auto now = fs::file_time_type::clock::now();
  for (const char* name :
       {"x/svc-b/new", "x/svc-b/old", "x/svc-a/1", "x/other/1", "x/svc-no/1", "x/svc-[1]/1"}) {
    fs::create_directories(fs::path(dir.file(name)).parent_path());
    dir.write(name, "1\n");
  }
  dir.write("x/svc-file", "no directory\n");
  fs::create_directories(dir.file("x/svc-b/folder"));
  fs::create_directories(dir.file("x/svc-empty"));
  fs::last_write_time(dir.file("x/svc-b/old"), now - 1h);
  const FileSource source =
      source_of("dirx", dir.file("x/svc-*"), R"(, "ignore_log_path": ")" + dir.file("x/*-no") + "\"");
  CHECK(source.find() == std::vector<std::string>{dir.file("x/svc-[1]/1"), dir.file("x/svc-a/1"),
                                                  dir.file("x/svc-b/old"), dir.file("x/svc-b/new")});
  const std::vector<std::string> watched = source.directories();
  for (const char* name : {"x", "x/svc-a", "x/svc-b", "x/svc-empty"})
    CHECK(std::count(watched.begin(), watched.end(), dir.file(name)) == 1);
}

TEST_CASE("Mode tailx finds what its pattern names but for what is to be ignored", "[examples]") {
  const test::TempDir dir;
  for (const char* name : {"a1.log", "a2.log", "a3.log", "b.txt"}) dir.write(name, "1\n");
  const FileSource source =
      source_of("tailx", dir.file("*.log"), R"(, "ignore_log_path": ")" + dir.file("*3.log") + "\"");
  CHECK(source.find() == std::vector<std::string>{dir.file("a1.log"), dir.file("a2.log")});
}
