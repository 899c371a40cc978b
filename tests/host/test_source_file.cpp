#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/error.hpp"
#include "agent/files.hpp"
#include "base/digest.hpp"
#include "tests/support/temp_dir.hpp"

using agent::AllowedDirectories;
using agent::Errc;
using agent::Error;
using agent::SourceFile;
using test::TempDir;

namespace fs = std::filesystem;

namespace {

Errc failure_of(const std::string& path, const AllowedDirectories& allowed = {}) {
  try {
    SourceFile file(path, allowed);
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it was opened");
  return {};
}

// Makes the modification show in the time stamp, however coarse the clock of the file system is.
void touch(const std::string& path) {
  timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = 1'000'000'000, .tv_nsec = 7}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

}  // namespace

TEST_CASE("A file is read piece by piece to its end", "[host]") {
  TempDir dir;
  SourceFile file(dir.write("x", "0123456789"));
  CHECK(file.size() == 10);
  CHECK(file.read(4) == "0123");
  CHECK(file.read(4) == "4567");
  CHECK(file.read(4) == "89");
  CHECK(file.read(4).empty());
  file.rewind();
  CHECK(file.read(100) == "0123456789");
}

TEST_CASE("A file's digest is taken in steps", "[host]") {
  TempDir dir;
  const std::string content(700'000, 'x');
  SourceFile file(dir.write("x", content));
  CHECK(file.digest(300'000));
  CHECK(file.digest(300'000));
  CHECK_FALSE(file.digest(300'000));
  CHECK(file.md5() == agent::Md5::of(content));
  SourceFile empty(dir.write("empty", ""));
  CHECK_FALSE(empty.digest(1));
  CHECK(empty.md5() == agent::Md5::of(""));
}

TEST_CASE("Only regular files are opened, and none of the others is touched", "[host]") {
  TempDir dir;
  REQUIRE(::mkfifo(dir.file("fifo").c_str(), 0600) == 0);
  CHECK(failure_of(dir.file("fifo")) == Errc::wrong_type);
  CHECK(failure_of("/dev/zero") == Errc::wrong_type);
  CHECK(failure_of(dir.path()) == Errc::wrong_type);
  CHECK(failure_of(dir.file("missing")) == Errc::not_found);
  CHECK(failure_of(dir.file("missing/x")) == Errc::not_found);
  CHECK(failure_of("") == Errc::bad_message);
  CHECK(failure_of(std::string("/etc/hosts\0.txt", 15)) == Errc::bad_message);
  CHECK_THROWS_WITH(SourceFile(dir.path()), Catch::EndsWith(": is a directory"));
  // Nobody has opened the FIFO: a writer would find a reader.
  CHECK(::open(dir.file("fifo").c_str(), O_WRONLY | O_NONBLOCK) == -1);
}

TEST_CASE("A file that shrinks, grows or is rewritten while it is read is an error", "[host]") {
  TempDir dir;
  const std::string path = dir.write("x", std::string(1000, 'a'));
  SourceFile file(path);
  CHECK(file.read(100).size() == 100);
  SECTION("shrinks") { fs::resize_file(path, 150); }
  SECTION("grows") { std::ofstream(path, std::ios::app) << "more"; }
  SECTION("is rewritten") {
    dir.write("x", std::string(1000, 'b'));
    touch(path);
  }
  CHECK_THROWS_WITH(file.read(500), path + ": changed while it was read");
}

TEST_CASE("A file that is replaced while it is read is read as it was", "[host]") {
  TempDir dir;
  const std::string path = dir.write("x", "old content");
  SourceFile file(path);
  fs::rename(dir.write("new", "something else"), path);
  CHECK(file.read(100) == "old content");
}

TEST_CASE("Only files in allowed directories are read, wherever links lead", "[host]") {
  TempDir dir;
  fs::create_directory(dir.file("open"));
  dir.write("open/x", "content");
  dir.write("secret", "not for you");
  fs::create_symlink(dir.file("secret"), dir.file("open/link"));
  fs::create_symlink(dir.file("open/x"), dir.file("link"));
  const AllowedDirectories allowed({dir.file("open")});
  CHECK(SourceFile(dir.file("open/x"), allowed).read(100) == "content");
  CHECK(SourceFile(dir.file("link"), allowed).read(100) == "content");
  CHECK(failure_of(dir.file("secret"), allowed) == Errc::denied);
  CHECK(failure_of(dir.file("open/link"), allowed) == Errc::denied);
  CHECK(failure_of(dir.file("open/../secret"), allowed) == Errc::denied);
}
