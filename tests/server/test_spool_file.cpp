#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/error.hpp"
#include "commands/spool_file.hpp"
#include "tests/support/temp_dir.hpp"

using server::SpoolFile;

namespace {

// Stands for a full disk: what would grow beyond `bytes` fails.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("A spool file gives its bytes from any offset", "[server][commands]") {
  test::TempDir directory;
  SpoolFile file = SpoolFile::create(directory.path() + "/out");
  file.append("hello ", 6, 1);
  file.append("world", 11, 2);
  CHECK(file.read(0, 100) == "hello world");
  CHECK(file.read(6, 2) == "wo");
  CHECK(file.read(11, 1).empty());
}

TEST_CASE("A spool file is readable for its owner only", "[server][commands]") {
  test::TempDir directory;
  const SpoolFile file = SpoolFile::create(directory.path() + "/out");
  struct stat status {};
  REQUIRE(::stat((directory.path() + "/out").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("A spool file that was left behind says how far it came", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/out";
  {
    SpoolFile file = SpoolFile::create(path);
    file.append("12345", 9, 4);
  }
  auto found = SpoolFile::open(path);
  REQUIRE(found);
  CHECK(found->mark().kept == 5);
  CHECK(found->mark().total == 9);
  CHECK(found->mark().seq == 4);
  found->append("67", 11, 5);
  CHECK(found->read(0, 100) == "1234567");
}

TEST_CASE("Bytes behind the mark of a spool file do not count", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/out";
  SpoolFile::create(path).append("good", 4, 1);
  std::ofstream(path, std::ios::app | std::ios::binary) << "torn write";
  auto found = SpoolFile::open(path);
  REQUIRE(found);
  CHECK(found->mark().kept == 4);
  found->append("XY", 6, 2);
  CHECK(found->read(0, 6) == "goodXY");
}

TEST_CASE("What is no spool file, or has lost its end, is not taken for one", "[server][commands]") {
  test::TempDir directory;
  const std::string path = directory.path() + "/out";
  CHECK_FALSE(SpoolFile::open(path));
  std::ofstream(path) << "something else that is long enough to hold a header of sixty-four bytes, and more";
  CHECK_FALSE(SpoolFile::open(path));
  SpoolFile::create(path).append("12345678", 8, 1);
  std::filesystem::resize_file(path, 64 + 4);
  CHECK_FALSE(SpoolFile::open(path));
}

TEST_CASE("A spool file that cannot grow says so and stays as it was", "[server][commands]") {
  test::TempDir directory;
  SpoolFile file = SpoolFile::create(directory.path() + "/out");
  file.append("kept", 4, 1);
  {
    const FileSizeLimit limit(1024);
    CHECK_THROWS_WITH(file.append(std::string(4096, 'x'), 4100, 2), Catch::Contains("File too large"));
  }
  CHECK(file.mark().kept == 4);
  CHECK(file.mark().seq == 1);
  file.append("more", 8, 2);
  CHECK(file.read(0, 8) == "keptmore");
}
