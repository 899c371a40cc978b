#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <thread>

#include "agent/error.hpp"
#include "agent/spool.hpp"
#include "tests/base/spool_records.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::append_records;
using test::numbers_between;
using test::read_numbers;
using test::spool_record;

namespace fs = std::filesystem;

namespace {

constexpr Bytes kSmall{64 * 1024};

SpoolOptions small(const test::TempDir& dir) { return {.directory = dir.file("spool"), .size = kSmall}; }

std::uint64_t bytes_on_disk(const std::string& directory) {
  std::uint64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().filename() != "position") bytes += entry.file_size();
  }
  return bytes;
}

}  // namespace

TEST_CASE("Records come back in order with their numbers, also in a new process", "[base][spool]") {
  test::TempDir dir;
  std::string id;
  {
    Spool spool({.directory = dir.file("spool")});
    id = spool.id();
    CHECK(id.size() == 16);
    append_records(spool, 100);
    CHECK(read_numbers(spool, 1) == numbers_between(1, 100));
  }
  Spool again({.directory = dir.file("spool")});
  CHECK(again.id() == id);
  CHECK(again.next() == 101);
  CHECK(read_numbers(again, 1) == numbers_between(1, 100));
  append_records(again, 1);
  CHECK(read_numbers(again, 99) == numbers_between(99, 101));
  CHECK(again.dropped() == 0);
}

TEST_CASE("What is released does not come again, and its number neither", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(small(dir));
    append_records(spool, 50);
    spool.release(20);
    CHECK(spool.first() == 21);
    CHECK(read_numbers(spool, 1) == numbers_between(21, 50));
  }
  {
    Spool spool(small(dir));
    CHECK(read_numbers(spool, 1) == numbers_between(21, 50));
    spool.release(1000);  // no more than there are
    CHECK(spool.read(1, 10, 1000).empty());
  }
  Spool spool(small(dir));
  CHECK(spool.next() == 51);
  append_records(spool, 1);
  CHECK(read_numbers(spool, 1) == numbers_between(51, 51));
  CHECK(spool.dropped() == 0);
}

TEST_CASE("A batch is all there or not at all, and has one number after the other", "[base][spool]") {
  test::TempDir dir;
  Spool spool(small(dir));
  const std::vector<std::string> texts{spool_record(1), spool_record(2), spool_record(3)};
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  CHECK(spool.append(views) == 3);
  CHECK(read_numbers(spool, 1) == numbers_between(1, 3));
  const std::string large(40 * 1024, 'x');
  CHECK(spool.append(large) == 0);
  CHECK(spool.problem().find("more than half") != std::string::npos);
  CHECK(spool.next() == 4);
  append_records(spool, 1);
  CHECK(spool.problem().empty());
}

TEST_CASE("Empty records and any bytes are records", "[base][spool]") {
  test::TempDir dir;
  Spool spool(small(dir));
  CHECK(spool.append(std::string_view()) == 1);
  const std::string all("\0\xff\n{}", 5);
  CHECK(spool.append(all) == 2);
  const auto records = spool.read(1, 10, 1000);
  REQUIRE(records.size() == 2);
  CHECK(records[0].data.empty());
  CHECK(records[1].data == all);
}

TEST_CASE("A read gives so many records and bytes, but one in any case", "[base][spool]") {
  test::TempDir dir;
  Spool spool(small(dir));
  for (int i = 0; i < 10; ++i) spool.append(std::string(100, 'x'));
  CHECK(spool.read(1, 3, 100'000).size() == 3);
  CHECK(spool.read(1, 100, 450).size() == 4);
  CHECK(spool.read(1, 100, 1).size() == 1);
  CHECK(spool.read(11, 100, 1).empty());
  CHECK(spool.read(10, 100, 1).front().number == 10);
}

TEST_CASE("At the bound the oldest records give way and are counted", "[base][spool]") {
  test::TempDir dir;
  std::uint64_t dropped = 0;
  {
    Spool spool(small(dir));
    append_records(spool, 1000);
    dropped = spool.dropped();
    CHECK(dropped > 0);
    CHECK(dropped < 1000);
    CHECK(spool.bytes() <= kSmall.value);
    CHECK(spool.bytes() > kSmall.value / 2);
    CHECK(bytes_on_disk(dir.file("spool")) == spool.bytes());
    CHECK(spool.first() == dropped + 1);
    CHECK(read_numbers(spool, 1) == numbers_between(dropped + 1, 1000));
  }
  Spool spool(small(dir));
  CHECK(spool.dropped() == dropped);
  CHECK(read_numbers(spool, 1) == numbers_between(dropped + 1, 1000));
}

TEST_CASE("Records that give way count only if they were not released", "[base][spool]") {
  test::TempDir dir;
  Spool spool(small(dir));
  for (int i = 0; i < 2000; ++i) {
    append_records(spool, 1);
    spool.release(spool.next() - 1);
  }
  CHECK(spool.dropped() == 0);
  CHECK(spool.bytes() < 8 * 1024);  // two files at most
}

TEST_CASE("A smaller bound makes the oldest give way at the next record", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool({.directory = dir.file("spool"), .size = Bytes{1024 * 1024}, .file_size = Bytes{16 * 1024}});
    append_records(spool, 1000);
    CHECK(spool.dropped() == 0);
  }
  Spool spool(small(dir));
  append_records(spool, 1);
  CHECK(spool.bytes() <= kSmall.value);
  CHECK(read_numbers(spool, 1) == numbers_between(spool.dropped() + 1, 1001));
}

TEST_CASE("A spool is opened once at a time", "[base][spool]") {
  test::TempDir dir;
  auto code = [&] {
    try {
      Spool second(small(dir));
    } catch (const Error& error) {
      return error.code();
    }
    return Errc::cancelled;
  };
  {
    Spool spool(small(dir));
    CHECK(code() == Errc::busy);
  }
  CHECK(code() == Errc::cancelled);
}

TEST_CASE("A directory that cannot be made is an error that names it", "[base][spool]") {
  test::TempDir dir;
  const std::string file = dir.write("file", "");
  CHECK_THROWS_WITH(Spool({.directory = file + "/spool"}), Catch::Contains(file));
}

TEST_CASE("Nobody else may look into a spool", "[base][spool]") {
  test::TempDir dir;
  Spool spool(small(dir));
  append_records(spool, 1);
  CHECK((fs::status(dir.file("spool")).permissions() & fs::perms(077)) == fs::perms::none);
  for (const fs::directory_entry& entry : fs::directory_iterator(dir.file("spool"))) {
    CHECK((entry.status().permissions() & fs::perms(077)) == fs::perms::none);
  }
}

TEST_CASE("One thread reads while another appends, and misses nothing", "[base][spool]") {
  test::TempDir dir;
  Spool spool(
      {.directory = dir.file("spool"), .size = Bytes{8 * 1024 * 1024}, .file_size = Bytes{16 * 1024}});
  constexpr std::uint64_t kRecords = 5000;
  std::thread writer([&spool] {
    for (std::uint64_t i = 1; i <= kRecords; ++i) spool.append(spool_record(i));
  });
  std::uint64_t next = 1;
  bool is_right = true;
  while (next <= kRecords) {
    for (const SpoolRecord& record : spool.read(next, 64, 64 * 1024)) {
      is_right = is_right && record.number == next && record.data == spool_record(next);
      next = record.number + 1;
    }
    spool.release(next - 1);
    if (!is_right) break;
  }
  writer.join();
  CHECK(is_right);
  CHECK(spool.dropped() == 0);
}

TEST_CASE("A full disk takes no record away, and there is place again when it has", "[base][spool]") {
  test::TempDir dir;
  test::SmallDisk disk(dir.file("disk"));
  if (!disk.is_mounted()) {
    WARN("only root can fill a disk of its own");
    return;
  }
  Spool spool({.directory = dir.file("disk/spool"), .size = Bytes{8 * 1024 * 1024}});
  std::uint64_t taken = 0;
  while (spool.append(spool_record(spool.next())) != 0) ++taken;
  CHECK(taken > 1000);
  CHECK(spool.problem().find("No space left on device") != std::string::npos);
  CHECK(spool.next() == taken + 1);
  CHECK(read_numbers(spool, 1) == numbers_between(1, taken));
  CHECK(spool.dropped() == 0);
  spool.release(taken / 2);
  append_records(spool, 10);
  CHECK(read_numbers(spool, 1) == numbers_between(taken / 2 + 1, taken + 10));
}
