#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "agent/error.hpp"
#include "agent/files.hpp"
#include "base/digest.hpp"
#include "tests/support/patience.hpp"
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

TEST_CASE("A file that shrinks, is rewritten or replaced while it is read is an error", "[host]") {
  TempDir dir;
  const std::string path = dir.write("x", std::string(1000, 'a'));
  SourceFile file(path);
  CHECK(file.read(100).size() == 100);
  std::string why = "changed";
  SECTION("shrinks") { fs::resize_file(path, 150); }
  SECTION("is rewritten") {
    dir.write("x", std::string(1000, 'b'));
    touch(path);
  }
  SECTION("is replaced") {
    fs::rename(dir.write("new", std::string(1000, 'a')), path);
    why = "was replaced";
  }
  CHECK_THROWS_WITH(file.read(500), path + ": " + why + " while it was read");
}

TEST_CASE("A file that grows while it is read is read as far as it was", "[host]") {
  TempDir dir;
  const std::string path = dir.write("log", std::string(1000, 'a'));
  SourceFile file(path);
  CHECK(file.read_into_digest(100).size() == 100);
  std::ofstream(path, std::ios::app) << "more";
  CHECK(file.size() == 1000);
  CHECK(file.read_into_digest(2000) == std::string(900, 'a'));
  CHECK(file.read_into_digest(2000).empty());
  CHECK(file.verify(600));
  CHECK_FALSE(file.verify(600));
  CHECK(file.md5() == agent::Md5::of(std::string(1000, 'a')));
}

TEST_CASE("A file that is emptied and grows beyond what it was is found out behind the end", "[host]") {
  TempDir dir;
  const std::string path = dir.write("log", std::string(1000, 'a'));
  SourceFile file(path);
  CHECK(file.read_into_digest(500).size() == 500);
  dir.write("log", std::string(500, 'b') + std::string(1000, 'a'));
  CHECK(file.read_into_digest(500) == std::string(500, 'a'));
  CHECK_THROWS_WITH(file.verify(10'000), path + ": changed while it was read");
}

TEST_CASE("A file that stayed as it was is not read twice", "[host]") {
  TempDir dir;
  SourceFile file(dir.write("x", "content"));
  file.read_into_digest(100);
  CHECK_FALSE(file.verify(1));
}

TEST_CASE("A removed file is read to its end", "[host]") {
  TempDir dir;
  const std::string path = dir.write("x", "content");
  SourceFile file(path);
  fs::remove(path);
  CHECK(file.read(100) == "content");
}

TEST_CASE("Content that is made while it is read is taken whole, whatever its size says", "[host]") {
  SourceFile proc("/proc/self/status");  // its size is 0
  CHECK(proc.size() > 100);
  CHECK_THAT(proc.read(1'000'000), Catch::StartsWith("Name:"));
  CHECK(proc.read(1).empty());
  CHECK(proc.etag().empty());
  CHECK(proc.modified().is_zero());
  SourceFile sys("/sys/kernel/mm/transparent_hugepage/enabled");  // its size is 4096
  CHECK(sys.size() < 100);
  CHECK_THAT(sys.read(5000), Catch::Contains("never"));
  CHECK(SourceFile("/proc/self/cmdline").size() > 0);
}

TEST_CASE("A small file without blocks on its disk is an ordinary one", "[host]") {
  TempDir dir;
  const std::string path = dir.write("sparse", "");
  fs::resize_file(path, 60'000);
  SourceFile file(path);
  CHECK(file.size() == 60'000);
  CHECK_FALSE(file.etag().empty());
  CHECK(file.read(100'000) == std::string(60'000, '\0'));
  SourceFile empty(dir.write("empty", ""));
  CHECK(empty.size() == 0);
  CHECK_FALSE(empty.etag().empty());
  CHECK(empty.read(10).empty());
}

TEST_CASE("A part of a file is read, and nothing else", "[host]") {
  TempDir dir;
  SourceFile file(dir.write("x", "0123456789"));
  file.select(3, 4);
  CHECK(file.read_into_digest(100) == "3456");
  CHECK(file.read(100).empty());
  file.rewind();
  CHECK(file.read(2) == "34");
  CHECK(file.md5() == agent::Md5::of("3456"));
  file.select(10, 0);
  CHECK(file.read(1).empty());
  CHECK_THROWS_AS(file.select(5, 6), Error);
  CHECK_THROWS_AS(file.select(11, 0), Error);
}

TEST_CASE("Another content has another tag, even with the times of the old one", "[host]") {
  TempDir dir;
  const auto tag_of = [](const std::string& path) {
    std::string tag = SourceFile(path).etag();
    return tag.substr(tag.find('"'));
  };
  const std::string path = dir.write("x", "content");
  touch(path);
  const std::string before = tag_of(path);
  CHECK(before.size() == 34);
  CHECK(tag_of(path) == before);
  test::wait_until("a step of the file system's clock", [&] {
    dir.write("x", "contenT");
    touch(path);  // as rsync and cp -p do
    return tag_of(path) != before;
  });
  CHECK(tag_of(dir.write("y", "contenT")) != tag_of(path));
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
