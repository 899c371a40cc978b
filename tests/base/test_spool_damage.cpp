// Spools whose files were cut off, overwritten, mixed up or left half written.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>

#include "agent/error.hpp"
#include "agent/spool.hpp"
#include "base/spool_format.hpp"
#include "base/spool_walk.hpp"
#include "tests/base/spool_records.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent;
using test::append_records;
using test::numbers_between;
using test::read_numbers;
using test::spool_record;

namespace fs = std::filesystem;

namespace {

std::vector<fs::path> record_files(const std::string& directory) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".records") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

SpoolOptions options(const test::TempDir& dir) {
  return {.directory = dir.file("spool"), .size = Bytes{256 * 1024}, .file_size = Bytes{8 * 1024}};
}

// Runs `work` in a child process and gives its exit status.
template <class Work>
int in_child(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("A process that is killed anywhere loses no record whose number it had", "[base][spool]") {
  test::TempDir dir;
  std::minstd_rand random(4711);
  std::uint64_t released = 0;
  std::uint64_t dropped = 0;  // a writer that is fast reaches the bound, and those not released give way
  std::uint64_t known = 0;    // the highest number that a writer has had
  std::string id;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      Spool spool(options(dir));
      for (;;) {
        const std::uint64_t number = spool.append(spool_record(spool.next()));
        if (::write(ends[1], &number, sizeof number) != sizeof number) ::_exit(1);
      }
    }
    ::close(ends[1]);
    const std::uint64_t enough = known + 1 + random() % 150;
    std::uint64_t number = 0;
    while (known < enough && ::read(ends[0], &number, sizeof number) == sizeof number) known = number;
    ::kill(child, SIGKILL);
    while (::read(ends[0], &number, sizeof number) == sizeof number) known = number;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFSIGNALED(status));

    Spool spool(options(dir));
    if (id.empty()) id = spool.id();
    CHECK(spool.id() == id);
    CHECK(spool.next() > known);
    const std::uint64_t last = spool.next() - 1;
    CHECK(last <= known + 1);  // one may have been whole without its number being told
    const std::uint64_t first = released + (spool.dropped() - dropped) + 1;
    dropped = spool.dropped();
    CHECK(spool.first() == first);
    CHECK(read_numbers(spool, 1) == numbers_between(first, last));
    known = last;
    released = first + (last - first) / 2;
    spool.release(released);
  }
}

TEST_CASE("A half-written record at the end is dropped, and its number is used", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 10);
  }
  const fs::path path = record_files(dir.file("spool")).back();
  const std::string whole = content(path);
  const std::size_t last_size = spool::kRecordHeadSize + spool_record(10).size();
  for (std::size_t kept = whole.size() - last_size; kept < whole.size(); ++kept) {
    write(path, whole.substr(0, kept));
    Spool spool(options(dir));
    REQUIRE(spool.next() == 10);
    append_records(spool, 2);
    REQUIRE(read_numbers(spool, 1) == numbers_between(1, 11));
    REQUIRE(spool.dropped() == 0);
  }
}

TEST_CASE("A damaged record costs itself, is counted once, and no number comes twice", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 20);
  }
  const fs::path path = record_files(dir.file("spool")).front();
  std::string bytes = content(path);
  const bool in_head = GENERATE(true, false);
  const std::size_t at = bytes.find("record 7:");
  bytes[in_head ? at - spool::kRecordHeadSize + 5 : at + 3] ^= 0x10;
  write(path, bytes);
  std::vector<std::uint64_t> expected = numbers_between(1, 20);
  std::erase(expected, 7);
  for (int start = 0; start < 3; ++start) {
    Spool spool(options(dir));
    CHECK(spool.next() == 21);
    CHECK(read_numbers(spool, 1) == expected);
    CHECK(read_numbers(spool, 1) == expected);
    CHECK(spool.dropped() == 1);
    spool.release(0);
    spool.sync();
  }
}

TEST_CASE("A file that somebody removes is counted, and the others are read", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 200);
  }
  const std::vector<fs::path> files = record_files(dir.file("spool"));
  REQUIRE(files.size() > 3);
  const std::size_t removed = GENERATE(0, 1);
  fs::remove(files[removed]);
  Spool spool(options(dir));
  const std::vector<std::uint64_t> numbers = read_numbers(spool, 1);
  CHECK(numbers.back() == 200);
  CHECK(numbers.size() + spool.dropped() == 200);
  CHECK(spool.next() == 201);
}

TEST_CASE("A file whose head is damaged is read all the same", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 200);
  }
  const std::vector<fs::path> files = record_files(dir.file("spool"));
  const int which = GENERATE(0, 1, 2);
  const fs::path path = which == 2 ? files.back() : files[static_cast<std::size_t>(which)];
  std::string bytes = content(path);
  bytes[12] ^= 1;
  write(path, bytes);
  Spool spool(options(dir));
  CHECK(read_numbers(spool, 1) == numbers_between(1, 200));
  CHECK(spool.dropped() == 0);
  CHECK(spool.next() == 201);
}

TEST_CASE("A spool without its position gives everything again, under numbers that go on", "[base][spool]") {
  test::TempDir dir;
  std::string id;
  {
    Spool spool(options(dir));
    id = spool.id();
    append_records(spool, 20);
    spool.release(5);
  }
  const bool is_missing = GENERATE(true, false);
  if (is_missing) {
    fs::remove(dir.file("spool/position"));
  } else {
    write(dir.file("spool/position"), std::string(128, 'x'));
  }
  Spool spool(options(dir));
  CHECK(spool.id() == id);
  CHECK(spool.next() > 20);
  CHECK(read_numbers(spool, 1) == numbers_between(1, 20));
}

TEST_CASE("A write of the position that was broken off leaves the one before", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 20);
    spool.release(5);
    spool.release(6);
  }
  const std::string path = dir.file("spool/position");
  const std::string whole = content(path);
  REQUIRE(whole.size() == 128);
  for (const std::size_t slot : {0, 1}) {
    std::string bytes = whole;
    bytes[slot * 64 + 20] ^= 1;
    const auto position = spool::decode_positions(bytes);
    REQUIRE(position);
    CHECK((position->gone == 5 || position->gone == 6));
  }
  CHECK(spool::decode_positions(whole)->gone == 6);
}

TEST_CASE("After a restart of the system numbers go on behind any that may have been lost", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 20);
  }
  const std::string path = dir.file("spool/position");
  spool::Position position = spool::decode_positions(content(path)).value();
  position.boot ^= 1;  // as another boot had written it
  ++position.turn;
  write(path, spool::encode_position(position) + std::string(64, '\0'));
  Spool spool(options(dir));
  const std::uint64_t next = spool.next();
  CHECK(next > std::uint64_t{1} << 32);
  append_records(spool, 5);
  std::vector<std::uint64_t> expected = numbers_between(1, 20);
  for (std::uint64_t number = next; number < next + 5; ++number) expected.push_back(number);
  CHECK(read_numbers(spool, 1) == expected);
  CHECK(spool.dropped() == 0);  // the numbers between are nobody's
}

TEST_CASE("Files of another spool are not taken for this one's", "[base][spool]") {
  test::TempDir dir;
  {
    Spool spool(options(dir));
    append_records(spool, 5);
  }
  {
    Spool other({.directory = dir.file("other")});
    append_records(other, 9);
  }
  const fs::path foreign = record_files(dir.file("other")).front();
  fs::copy_file(foreign, dir.file("spool/0000000000000006.records"));
  Spool spool(options(dir));
  CHECK(read_numbers(spool, 1) == numbers_between(1, 5));
  append_records(spool, 2);
  CHECK(read_numbers(spool, 1) == numbers_between(1, 7));
}

TEST_CASE("Whatever bytes are overwritten, what is read is what was written, in order", "[base][spool]") {
  std::minstd_rand random(815);
  for (int round = 0; round < 50; ++round) {
    test::TempDir dir;
    {
      Spool spool(options(dir));
      append_records(spool, 150);
    }
    for (const fs::path& path : record_files(dir.file("spool"))) {
      std::string bytes = content(path);
      for (std::size_t hits = random() % 4; hits > 0; --hits) {
        const std::size_t at = random() % bytes.size();
        const std::size_t count = std::min<std::size_t>(random() % 64, bytes.size() - at);
        for (std::size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<char>(random());
      }
      if (random() % 8 == 0) bytes.resize(random() % bytes.size());
      write(path, bytes);
    }
    Spool spool(options(dir));
    const std::vector<std::uint64_t> numbers = read_numbers(spool, 1);  // compares the bytes
    REQUIRE(std::is_sorted(numbers.begin(), numbers.end()));
    REQUIRE(std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end());
    REQUIRE(numbers.size() + spool.dropped() <= 150);
    append_records(spool, 3);
    REQUIRE(read_numbers(spool, spool.next() - 3).size() == 3);
  }
}

TEST_CASE("A write that stops in the middle leaves nothing behind", "[base][spool]") {
  test::TempDir dir;
  const int status = in_child([&dir] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{20'000, 20'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    Spool spool({.directory = dir.file("spool"), .size = Bytes{256 * 1024}, .file_size = Bytes{256 * 1024}});
    std::uint64_t taken = 0;
    while (spool.append(spool_record(spool.next())) != 0) ++taken;
    return taken > 50 && spool.dropped() == 0 && !spool.problem().empty() &&
           spool.read(taken, 1, 1000).size() == 1;
  });
  CHECK(status == 0);
  Spool spool({.directory = dir.file("spool"), .size = Bytes{256 * 1024}, .file_size = Bytes{256 * 1024}});
  const std::vector<std::uint64_t> numbers = read_numbers(spool, 1);
  CHECK(numbers == numbers_between(1, spool.next() - 1));
  append_records(spool, 10);
}
