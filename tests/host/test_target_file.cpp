#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "agent/error.hpp"
#include "agent/files.hpp"
#include "base/digest.hpp"
#include "tests/support/temp_dir.hpp"

using agent::AllowedDirectories;
using agent::Errc;
using agent::Error;
using agent::FileOwnership;
using agent::TargetFile;
using test::TempDir;

namespace fs = std::filesystem;

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t entries_in(const std::string& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status;
}

void put(const std::string& directory, const std::string& name, const std::string& content,
         const FileOwnership& ownership = {}) {
  TargetFile file(directory, name, ownership);
  file.write(content);
  file.commit();
}

}  // namespace

TEST_CASE("A received file appears whole, with its mode", "[host]") {
  TempDir dir;
  TargetFile file(dir.path(), "x", {.mode = 0640});
  CHECK(file.path() == dir.file("x"));
  file.write("con");
  file.write("tent");
  CHECK(file.size() == 7);
  CHECK(entries_in(dir.path()) <= 1);
  CHECK_FALSE(fs::exists(dir.file("x")));
  CHECK(file.md5() == agent::Md5::of("content"));
  file.commit();
  CHECK(content_of(dir.file("x")) == "content");
  CHECK((status_of(dir.file("x")).st_mode & 07777) == 0640);
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("An empty file can be received", "[host]") {
  TempDir dir;
  put(dir.path(), "empty", "");
  CHECK(fs::file_size(dir.file("empty")) == 0);
}

TEST_CASE("The file in its place stays until the new one is whole", "[host]") {
  TempDir dir;
  dir.write("x", "old");
  {
    TargetFile file(dir.path(), "x", {});
    file.write("new and lon");
    CHECK(content_of(dir.file("x")) == "old");
  }
  CHECK(content_of(dir.file("x")) == "old");
  CHECK(entries_in(dir.path()) == 1);
  put(dir.path(), "x", "new");
  CHECK(content_of(dir.file("x")) == "new");
}

TEST_CASE("The last of two uploads to one file wins, and they never mix", "[host]") {
  TempDir dir;
  TargetFile first(dir.path(), "x", {});
  TargetFile second(dir.path(), "x", {});
  first.write("1111");
  second.write("22");
  first.write("1111");
  second.commit();
  CHECK(content_of(dir.file("x")) == "22");
  first.commit();
  CHECK(content_of(dir.file("x")) == "11111111");
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("Missing directories are made with mode 0755", "[host]") {
  TempDir dir;
  put(dir.file("a/b/c"), "x", "1");
  CHECK(content_of(dir.file("a/b/c/x")) == "1");
  CHECK((status_of(dir.file("a/b")).st_mode & 0777) == 0755);
  put(dir.file("a/b/c/"), "y", "2");
  CHECK(content_of(dir.file("a/b/c/y")) == "2");
  dir.write("file", "");
  CHECK_THROWS_AS(TargetFile(dir.file("file/sub"), "x", {}), Error);
}

TEST_CASE("A name is only a name", "[host]") {
  TempDir dir;
  const std::string name = GENERATE(as<std::string>{}, "", ".", "..", "../x", "/etc/x", "a/b", "a/../../x",
                                    std::string("x\0y", 3), std::string(300, 'x'));
  INFO(name);
  CHECK_THROWS_WITH(TargetFile(dir.path(), name, {}), Catch::StartsWith("name: "));
  CHECK(entries_in(dir.path()) == 0);
}

TEST_CASE("A link in the file's place is replaced, not followed", "[host]") {
  TempDir dir;
  dir.write("secret", "kept");
  fs::create_symlink(dir.file("secret"), dir.file("x"));
  put(dir.path(), "x", "new");
  CHECK(content_of(dir.file("secret")) == "kept");
  CHECK(S_ISREG(status_of(dir.file("x")).st_mode));
}

TEST_CASE("A directory in the file's place is an error and stays", "[host]") {
  TempDir dir;
  fs::create_directories(dir.file("x/inner"));
  CHECK_THROWS_WITH(put(dir.path(), "x", "new"), Catch::Contains("Is a directory"));
  CHECK(fs::exists(dir.file("x/inner")));
  CHECK(entries_in(dir.path()) == 1);
}

TEST_CASE("An owner that nobody knows is an error, before anything is written", "[host]") {
  TempDir dir;
  CHECK_THROWS_WITH(TargetFile(dir.file("new"), "x", {.user = "no-such-user"}), "unknown user no-such-user");
  CHECK_THROWS_WITH(TargetFile(dir.file("new"), "x", {.group = "no-such-group"}),
                    "unknown group no-such-group");
  CHECK_FALSE(fs::exists(dir.file("new")));
}

TEST_CASE("Owner and set-id bits are set", "[host]") {
  if (::geteuid() != 0) return;
  TempDir dir;
  put(dir.path(), "x", "1", {.mode = 1u << 23 | 0755, .user = "nobody", .group = "daemon"});
  struct stat status = status_of(dir.file("x"));
  CHECK((status.st_mode & 07777) == 04755);
  CHECK(status.st_uid == 65534);
  CHECK(status.st_gid == 1);
}

TEST_CASE("A full disk is an error with the system's text, and the old file stays", "[host]") {
  if (::geteuid() != 0) return;
  TempDir dir;
  const std::string small = dir.file("small");
  fs::create_directory(small);
  if (::mount("tmpfs", small.c_str(), "tmpfs", 0, "size=64k") != 0) return;  // not in every container
  dir.write("small/x", "old");
  {
    TargetFile file(small, "x", {});
    CHECK_THROWS_WITH(file.write(std::string(200'000, 'x')), Catch::Contains("No space left on device"));
  }
  CHECK(content_of(small + "/x") == "old");
  CHECK(entries_in(small) == 1);
  REQUIRE(::umount(small.c_str()) == 0);
}

TEST_CASE("A file size limit is an error too", "[host]") {
  TempDir dir;
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  auto* const old_action = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  std::string text;
  try {
    TargetFile file(dir.path(), "x", {});
    file.write(std::string(10'000, 'x'));
  } catch (const Error& error) {
    text = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_action);
  CHECK_THAT(text, Catch::Contains("File too large"));
  CHECK(entries_in(dir.path()) == 0);
}

TEST_CASE("Files are written only in allowed directories, wherever links lead", "[host]") {
  TempDir dir;
  fs::create_directory(dir.file("open"));
  fs::create_directory(dir.file("closed"));
  fs::create_directory_symlink(dir.file("closed"), dir.file("open/out"));
  const AllowedDirectories allowed({dir.file("open")});
  CHECK_NOTHROW(TargetFile(dir.file("open/new/sub"), "x", {}, allowed));
  for (const char* bad : {"closed", "closed/new", "open/out", "open/out/new", "open/../closed", "other",
                          "open/nothing/../../closed/new"}) {
    INFO(bad);
    CHECK_THROWS_AS(TargetFile(dir.file(bad), "x", {}, allowed), Error);
  }
  CHECK(entries_in(dir.file("closed")) == 0);
  CHECK_FALSE(fs::exists(dir.file("other")));
  CHECK_FALSE(fs::exists(dir.file("open/nothing")));
}
