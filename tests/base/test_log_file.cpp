#include "base/log_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <ctime>
#include <filesystem>

#include "agent/error.hpp"
#include "base/read_file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using namespace std::chrono_literals;

namespace {

using Texts = std::vector<std::string>;

log::Options options_in(const std::string& dir) {
  log::Options options;
  options.dir = dir;
  options.name = "x";
  options.size = 10;
  options.rotate = 3;
  return options;
}

LogFile::Clock::time_point local(int year, int month, int day, int hour) {
  std::tm time{};
  time.tm_year = year - 1900;
  time.tm_mon = month - 1;
  time.tm_mday = day;
  time.tm_hour = hour;
  time.tm_isdst = -1;
  return LogFile::Clock::from_time_t(std::mktime(&time));
}

const auto kNow = local(2026, 3, 1, 8);

std::string text_of(const std::string& path) { return read_file(path, 1 << 20); }

Texts names(const Texts& paths) {
  Texts all;
  for (const std::string& path : paths) all.push_back(std::filesystem::path(path).filename().string());
  return all;
}

void write(LogFile& file, const std::string& line, LogFile::Clock::time_point now = kNow) {
  CHECK(file.write(line, now));
}

}  // namespace

TEST_CASE("A log directory that cannot be made is an error", "[base]") {
  const test::TempDir dir;
  dir.write("file", "");
  CHECK_THROWS_AS(LogFile(options_in(dir.file("file/logs")), kNow), Error);
}

TEST_CASE("Rotation by size numbers upward and keeps the newest files", "[base]") {
  const test::TempDir dir;
  LogFile file(options_in(dir.path()), kNow);
  for (int i = 0; i < 6; ++i) write(file, "line " + std::to_string(i) + " 89\n");
  CHECK(names(file.files()) == Texts{"x.log", "x.log.5", "x.log.4", "x.log.3"});
  CHECK(text_of(dir.file("x.log")) == "line 5 89\n");
  CHECK(text_of(dir.file("x.log.5")) == "line 4 89\n");
  CHECK(text_of(dir.file("x.log.3")) == "line 2 89\n");
}

TEST_CASE("No file grows beyond the size, except by one long line", "[base]") {
  const test::TempDir dir;
  LogFile file(options_in(dir.path()), kNow);
  write(file, "1234\n");
  write(file, "5678\n");
  write(file, "a line that is longer than the size\n");
  write(file, "1\n");
  CHECK(text_of(dir.file("x.log.1")) == "1234\n5678\n");
  CHECK(text_of(dir.file("x.log.2")) == "a line that is longer than the size\n");
  CHECK(text_of(dir.file("x.log")) == "1\n");
}

TEST_CASE("After a restart the file goes on and so do the numbers", "[base]") {
  const test::TempDir dir;
  dir.write("x.log", "12345678\n");
  dir.write("x.log.9", "9\n");
  dir.write("x.log.10", "10\n");
  dir.write("x.log.old", "kept\n");
  dir.write("y.log.1", "kept\n");
  dir.write("x.log.", "kept\n");
  {
    LogFile file(options_in(dir.path()), kNow);
    write(file, "next\n");
    CHECK(names(file.files()) == Texts{"x.log", "x.log.11", "x.log.10", "x.log.9"});
  }
  LogFile file(options_in(dir.path()), kNow);
  write(file, "more\n");
  CHECK(text_of(dir.file("x.log")) == "next\nmore\n");
  CHECK(std::filesystem::exists(dir.file("x.log.old")));
  CHECK(std::filesystem::exists(dir.file("y.log.1")));
}

TEST_CASE("Keeping less than one rotated file means one", "[base]") {
  const test::TempDir dir;
  log::Options options = options_in(dir.path());
  options.rotate = 0;
  LogFile file(options, kNow);
  for (int i = 0; i < 4; ++i) write(file, "12345678\n");
  CHECK(names(file.files()) == Texts{"x.log", "x.log.3"});
}

TEST_CASE("Rotation by date gives every day its file and drops the old ones", "[base]") {
  const test::TempDir dir;
  log::Options options = options_in(dir.path());
  options.rotation = log::Rotation::date;
  dir.write("x_20260225.log", "old\n");
  dir.write("x_20260226.log", "young enough\n");
  dir.write("x_2026022.log", "not ours\n");
  LogFile file(options, local(2026, 2, 28, 23));
  write(file, "feb\n", local(2026, 2, 28, 23));
  write(file, "feb again, and longer than the size\n", local(2026, 2, 28, 23) + 59min);
  write(file, "mar\n", local(2026, 3, 1, 0));
  CHECK(text_of(dir.file("x_20260228.log")) == "feb\nfeb again, and longer than the size\n");
  CHECK(text_of(dir.file("x.log")) == "mar\n");
  CHECK(names(file.files()) == Texts{"x.log", "x_20260228.log", "x_20260226.log"});
  CHECK(std::filesystem::exists(dir.file("x_2026022.log")));
}

TEST_CASE("A file of an earlier day is rotated at the first line after a restart", "[base]") {
  const test::TempDir dir;
  log::Options options = options_in(dir.path());
  options.rotation = log::Rotation::date;
  const std::string path = dir.write("x.log", "yesterday\n");
  const auto yesterday =
      std::chrono::file_clock::from_sys(std::chrono::time_point_cast<std::chrono::seconds>(kNow - 24h));
  std::filesystem::last_write_time(path, yesterday);
  LogFile file(options, kNow);
  write(file, "today\n");
  CHECK(text_of(dir.file("x_20260228.log")) == "yesterday\n");
  CHECK(text_of(path) == "today\n");
}

TEST_CASE("A clock that goes back overwrites no file of a day", "[base]") {
  const test::TempDir dir;
  log::Options options = options_in(dir.path());
  options.rotation = log::Rotation::date;
  LogFile file(options, kNow);
  write(file, "first\n");
  write(file, "second\n", kNow + 24h);
  write(file, "back\n", kNow);
  write(file, "third\n", kNow + 24h);
  std::string all;
  for (const std::string& path : file.files()) all += text_of(path);
  for (const char* line : {"first\n", "second\n", "back\n", "third\n"})
    CHECK(all.find(line) != std::string::npos);
}

TEST_CASE("A directory that went away comes back with the next rotation or costs lines, not the process",
          "[base]") {
  const test::TempDir dir;
  LogFile file(options_in(dir.file("logs")), kNow);
  write(file, "12345678\n");
  std::filesystem::remove_all(dir.file("logs"));
  file.write("12345678\n", kNow);
  CHECK_FALSE(file.write("12345678\n", kNow));
  CHECK(file.files().size() == 1);
  std::filesystem::create_directories(dir.file("logs"));
  write(file, "again\n");
  CHECK(text_of(dir.file("logs/x.log")) == "again\n");
}

TEST_CASE("A file that was moved is left alone after reopening", "[base]") {
  const test::TempDir dir;
  LogFile file(options_in(dir.file("logs")), kNow);
  write(file, "first\n");
  std::filesystem::rename(dir.file("logs"), dir.file("moved"));
  write(file, "2nd\n");
  file.reopen();
  write(file, "third\n");
  CHECK(text_of(dir.file("moved/x.log")) == "first\n2nd\n");
  CHECK(text_of(dir.file("logs/x.log")) == "third\n");
}

TEST_CASE("A file that cannot be opened again says why, and is there as soon as it can be", "[base]") {
  const test::TempDir dir;
  LogFile file(options_in(dir.file("logs")), kNow);
  std::filesystem::remove_all(dir.file("logs"));
  dir.write("logs", "in the way");
  CHECK_THROWS_WITH(file.reopen(), Catch::Contains(dir.file("logs")));
  std::filesystem::remove(dir.file("logs"));
  std::filesystem::create_directory(dir.file("logs"));
  file.reopen();
  write(file, "again\n");
  CHECK(text_of(dir.file("logs/x.log")) == "again\n");
}

TEST_CASE("When the disk is full a line is lost, and the next one stands alone", "[base]") {
  const test::TempDir dir;
  log::Options options = options_in(dir.path());
  options.size = 1'000'000;
  LogFile file(options, kNow);
  rlimit old{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &old) == 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100, old.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const bool first = file.write(std::string(79, 'a') + "\n", kNow);
  const bool torn = file.write(std::string(79, 'b') + "\n", kNow);
  const bool full = file.write("c\n", kNow);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &old) == 0);
  CHECK(first);
  CHECK_FALSE(torn);
  CHECK_FALSE(full);
  write(file, "d\n");
  CHECK(text_of(dir.file("x.log")) == std::string(79, 'a') + "\n" + std::string(20, 'b') + "\nd\n");
}

namespace {

struct Umask {
  explicit Umask(mode_t mask) : before(::umask(mask)) {}
  ~Umask() { ::umask(before); }
  const mode_t before;
};

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("A log is for its owner and group, its directories too, whatever the umask", "[base]") {
  const test::TempDir dir;
  const Umask umask(GENERATE(0, 022, 027, 077, 0777));
  LogFile file(options_in(dir.file("a/logs")), kNow);
  for (int i = 0; i < 3; ++i) write(file, "12345678\n");
  REQUIRE(file.files().size() == 3);
  for (const std::string& path : file.files()) CHECK(mode_of(path) == 0640);
  CHECK(mode_of(dir.file("a")) == 0750);
  CHECK(mode_of(dir.file("a/logs")) == 0750);
}

TEST_CASE("A log that others could read is closed to them, a directory that exists stays as it is",
          "[base]") {
  const test::TempDir dir;
  for (const auto& [before, after] : {std::pair(0644u, 0640u), {0666u, 0640u}, {0600u, 0600u}}) {
    CAPTURE(before);
    REQUIRE(::chmod(dir.write("x.log", "old\n").c_str(), before) == 0);
    REQUIRE(::chmod(dir.path().c_str(), 0755) == 0);
    LogFile file(options_in(dir.path()), kNow);
    CHECK(mode_of(dir.file("x.log")) == after);
    CHECK(mode_of(dir.path()) == 0755);
  }
}

TEST_CASE("A log's directory that is a file, or below one, says so", "[base]") {
  const test::TempDir dir;
  dir.write("file", "");
  for (const char* name : {"file", "file/below"}) {
    CHECK_THROWS_WITH(LogFile(options_in(dir.file(name)), kNow),
                      "make directory " + dir.file(name) + ": Not a directory");
  }
}
