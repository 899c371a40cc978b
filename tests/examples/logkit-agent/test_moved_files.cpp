#include "examples/logkit-agent/read/moved_files.hpp"

#include <catch2/catch.hpp>

using namespace logkit;

TEST_CASE("The names of one log differ by numbers and by what a compression adds", "[examples]") {
  for (const char* path : {"/l/a.log", "/l/a.log.1", "/l/a.log.12.gz", "/l/a.log-20261130.zst",
                           "/l/a-20261130.log.gz", "/l/a.log_2026-11-30-17", "/l/a.1.log"})
    CHECK(are_of_one_log("/l/a.log", path));
  for (const char* path : {"/l/b.log", "/m/a.log", "/l/a1.log", "/l/a.log.bak", "/l/a.log.1x", "/l/a"})
    CHECK_FALSE(are_of_one_log("/l/a.log", path));
}

TEST_CASE("A short beginning says only for one log whose text it is", "[examples]") {
  const std::string text(3000, 'x');
  FilePosition position;
  position.path = "/l/a.log";
  position.print = {"", 1, 10, hash_of(text.substr(0, 10))};
  const auto may_be = [&](std::size_t size, const char* path) {
    return may_be_copy_of(position, {path, text.substr(0, size), 0});
  };
  CHECK(may_be(kPrintSize, "/l/a.log.1.gz"));
  CHECK_FALSE(may_be(kPrintSize, "/l/b.log.1.gz"));
  CHECK_FALSE(may_be(9, "/l/a.log.1.gz"));
  position.print = {"", 1, kPrintSize, hash_of(text.substr(0, kPrintSize))};
  CHECK(may_be(kPrintSize, "/l/b.log.1.gz"));
  position.print.size = 0;
  CHECK_FALSE(may_be(kPrintSize, "/l/a.log.1.gz"));
}

TEST_CASE("A copy of a file that was empty is known by its log and its time", "[examples]") {
  constexpr std::int64_t kSecond = 1'000'000'000;
  FilePosition position;
  position.path = "/l/a.log";
  position.empty_at_ns = 100 * kSecond;
  CHECK(may_be_copy_of(position, {"/l/a.log.1.gz", "x", 100 * kSecond}));
  CHECK(may_be_copy_of(position, {"/l/a.log.1.gz", "x", 99 * kSecond}));
  CHECK_FALSE(may_be_copy_of(position, {"/l/a.log.1.gz", "x", 90 * kSecond}));
  CHECK_FALSE(may_be_copy_of(position, {"/l/b.log.1.gz", "x", 100 * kSecond}));
  CHECK_FALSE(may_be_copy_of(position, {"/l/a.log.1.gz", "", 100 * kSecond}));
}
