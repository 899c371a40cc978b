#include "agent/log.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "agent/error.hpp"
#include "agent/json.hpp"
#include "agent/wire/values.hpp"
#include "base/read_file.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;

namespace {

// The log of the process, into a directory of its own; back to nothing at the end.
class Logging {
 public:
  explicit Logging(log::Options options = {}) {
    ::unsetenv("JKFRAME_LOG_LEVEL");
    open(std::move(options));
  }
  ~Logging() {
    log::Options nothing;
    nothing.to_stdout = false;
    log::open(nothing);
  }
  void open(log::Options options) {
    options.to_stdout = false;
    options.to_file = true;
    options.dir = dir_.path();
    options.name = "x-agent";
    log::open(options);
  }
  std::string text() const { return read_file(dir_.file("x-agent.log"), 1 << 24); }
  std::string path() const { return dir_.file("x-agent.log"); }

 private:
  test::TempDir dir_;
};

// Every digit as 0, so that times look alike.
std::string without_digits(std::string text) {
  for (char& c : text) c = c >= '0' && c <= '9' ? '0' : c;
  return text;
}

}  // namespace

TEST_CASE("Lines look like those of the originals", "[base]") {
  Logging logging({.level = log::Level::debug});
  log::debug("number {}", 1);
  log::info("two");
  log::warn("three");
  log::error("four");
  const std::string time = "0000/00/00 00:00:00 ";
  CHECK(without_digits(logging.text()) == time + "[DEBUG]number 0\n" + time + "[INFO]two\n" + time +
                                              "[WARNING]three\n" + time + "[ERROR]four\n");
}

TEST_CASE("JSON lines carry time, level and message", "[base]") {
  Logging logging({.format = log::Format::json});
  log::warn("a \"quoted\"\nline");
  const std::string text = logging.text();
  REQUIRE(text.ends_with('\n'));
  const json::Document line = json::Document::parse(text.substr(0, text.size() - 1));
  CHECK(line.root().find("level").as_string() == "warn");
  CHECK(line.root().find("msg").as_string() == "a \"quoted\"\nline");
  const wire::Time time = wire::parse_time(line.root().find("time").as_string());
  CHECK(time.seconds > 1'700'000'000);
  CHECK(time.offset_minutes == 0);
}

TEST_CASE("Lines below the level are left out", "[base]") {
  Logging logging({.level = log::Level::warn});
  log::info("no");
  log::warn("yes");
  log::set_level(log::Level::info);
  CHECK(log::enabled(log::Level::info));
  CHECK_FALSE(log::enabled(log::Level::debug));
  log::info("now");
  CHECK(logging.text().find("no\n") == std::string::npos);
  CHECK(logging.text().find("[WARNING]yes\n") != std::string::npos);
  CHECK(logging.text().find("[INFO]now\n") != std::string::npos);
}

TEST_CASE("JKFRAME_LOG_LEVEL wins over the settings, and unknown words mean info", "[base]") {
  Logging logging;
  ::setenv("JKFRAME_LOG_LEVEL", "debug", 1);
  logging.open({.level = log::Level::error});
  CHECK(log::level() == log::Level::debug);
  ::setenv("JKFRAME_LOG_LEVEL", "loud", 1);
  logging.open({.level = log::Level::error});
  CHECK(log::level() == log::Level::info);
  ::unsetenv("JKFRAME_LOG_LEVEL");
  logging.open({.level = log::Level::error});
  CHECK(log::level() == log::Level::error);
}

TEST_CASE("Words of levels are parsed and others refused by name", "[base]") {
  CHECK(log::parse_level("warn") == log::Level::warn);
  CHECK_THROWS_WITH(log::parse_level("loud"),
                    Catch::Contains("'loud'") && Catch::Contains("debug, info, warn, error"));
}

TEST_CASE("Secrets do not reach the log", "[base]") {
  Logging logging;
  log::hide("s3cr3t-of-mine");
  log::info("it is s3cr3t-of-mine, and password=other");
  CHECK(logging.text().find("[INFO]it is ***, and password=***\n") != std::string::npos);
}

TEST_CASE("A peer's text cannot forge a line", "[base]") {
  Logging logging;
  log::info("peer says: {}", "x\n2026/03/01 08:30:00 [ERROR]forged\x1b[2J");
  CHECK(logging.text().find("[INFO]peer says: x\\n2026/03/01 08:30:00 [ERROR]forged\\x1b[2J\n") !=
        std::string::npos);
}

TEST_CASE("Braces of a text are not taken for a format", "[base]") {
  Logging logging;
  log::write(log::Level::info, "{} {0} %s");
  CHECK(logging.text().find("[INFO]{} {0} %s\n") != std::string::npos);
}

TEST_CASE("The list of files holds the current and the rotated ones", "[base]") {
  Logging logging({.size = 40, .rotate = 2});
  CHECK(log::files() == std::vector<std::string>{logging.path()});
  for (int i = 0; i < 5; ++i) log::info("a line of some length");
  log::flush();
  CHECK(log::files() ==
        std::vector<std::string>{logging.path(), logging.path() + ".4", logging.path() + ".3"});
}

TEST_CASE("The list is empty without a file", "[base]") {
  log::open({.to_stdout = false});
  CHECK(log::files().empty());
  log::info("goes nowhere");
}

TEST_CASE("Lines of several threads stay whole through rotations", "[base]") {
  Logging logging({.size = 10'000, .rotate = 1000});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 500; ++n) log::info("abcdefghijklmnopqrstuvwxyz");
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::size_t lines = 0;
  for (const std::string& path : log::files()) {
    const std::string text = read_file(path, 1 << 20);
    CHECK(text.size() <= 10'000);
    for (std::size_t at = 0; (at = text.find("[INFO]abcdefghijklmnopqrstuvwxyz\n", at)) != std::string::npos;
         ++at) {
      ++lines;
    }
  }
  CHECK(lines == 2000);
}

TEST_CASE("A directory that cannot be made keeps the log from opening", "[base]") {
  const test::TempDir dir;
  dir.write("file", "");
  CHECK_THROWS_AS(log::open({.to_file = true, .dir = dir.file("file/x"), .name = "y"}), Error);
}

TEST_CASE("After reopening lines go to a new file of the name", "[base]") {
  Logging logging;
  log::info("first");
  std::filesystem::rename(logging.path(), logging.path() + ".moved");
  log::reopen();
  log::info("second");
  CHECK_THAT(logging.text(), Catch::Contains("second") && !Catch::Contains("first"));
}

TEST_CASE("The level of the environment wins over one that is read again", "[base]") {
  Logging logging;
  log::use_level(log::Level::warn);
  CHECK(log::level() == log::Level::warn);
  ::setenv("JKFRAME_LOG_LEVEL", "debug", 1);
  log::use_level(log::Level::warn);
  ::unsetenv("JKFRAME_LOG_LEVEL");
  CHECK(log::level() == log::Level::debug);
  log::set_level(log::Level::info);
}
