#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "agent/error.hpp"
#include "store/ring_file.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using server::RingFile;

namespace {

constexpr std::size_t kCapacity = 4096;
constexpr std::size_t kHeader = 4096;

// Everything that waits, as far as `limit`; it is taken.
std::string take(RingFile& ring, std::size_t limit = 1 << 20) {
  std::string lines;
  const RingFile::Position end = ring.read(ring.written(), lines, limit);
  ring.mark(end);
  return lines;
}

// One of `writer`'s, of a size that depends on its number.
std::string line_of(int writer, int number) {
  return std::to_string(writer) + " " + std::to_string(number) + " " +
         std::string(static_cast<std::size_t>(number) % 97, 'x') + "\n";
}

struct Ring {
  std::unique_ptr<RingFile> open(std::size_t capacity = kCapacity) const {
    return RingFile::open(path, capacity);
  }
  // Writes over a part of the file.
  void spoil(std::size_t offset, const std::string& bytes) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file << bytes;
  }

  test::TempDir dir;
  const std::string path = dir.file("audit.ring");
};

// Waits for a child process that was killed.
void check_was_killed(pid_t child) {
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}

}  // namespace

TEST_CASE("Lines leave a ring in the order in which they were put, round after round", "[server][audit]") {
  Ring file;
  const auto ring = file.open();
  std::string expected;
  std::string found;
  for (int i = 0; i < 2000; ++i) {
    const std::string line = line_of(1, i);
    if (ring->used() + line.size() + 32 > kCapacity) found += take(*ring);
    REQUIRE(ring->put(line));
    expected += line;
  }
  found += take(*ring);
  CHECK((found == expected));
  CHECK(ring->used() == 0);
}

TEST_CASE("A full ring takes no line until one has left, and nothing of it is spoiled", "[server][audit]") {
  Ring file;
  const auto ring = file.open();
  std::string expected;
  for (int i = 0; ring->put(line_of(1, i)); ++i) expected += line_of(1, i);
  CHECK_FALSE(ring->put(line_of(1, 96)));
  CHECK(expected.size() + 1500 > kCapacity);
  const std::string first = take(*ring, 1);
  CHECK(first == line_of(1, 0));
  CHECK(ring->put("a\n"));
  CHECK((first + take(*ring) == expected + "a\n"));
  CHECK_FALSE(ring->put(std::string(kCapacity, 'x')));  // never has room
}

TEST_CASE("What was put is there after kill -9, and what was taken is not", "[server][audit]") {
  Ring file;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto ring = file.open();
    ring->put("first\n");
    ring->put("second\n");
    take(*ring, 1);
    ring->put("third\n");
    ::kill(::getpid(), SIGKILL);
  }
  check_was_killed(child);
  const auto ring = file.open();
  CHECK(take(*ring) == "second\nthird\n");
  CHECK(ring->put("fourth\n"));
  CHECK(take(*ring) == "fourth\n");
}

TEST_CASE("A process that is killed at any moment leaves whole lines, in order", "[server][audit]") {
  Ring file;
  int next = 0;
  for (int round = 0; round < 20; ++round) {
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto ring = file.open(64 * 1024);
      for (int i = next;; ++i) {
        while (!ring->put(line_of(7, i))) take(*ring, 1000);
        if (i == next + 500) [[maybe_unused]]
          const ssize_t said = ::write(told[1], "x", 1);
      }
    }
    char word = 0;
    REQUIRE(::read(told[0], &word, 1) == 1);
    ::close(told[0]);
    ::close(told[1]);
    ::kill(child, SIGKILL);
    check_was_killed(child);
    const auto ring = file.open();
    const std::string left = take(*ring);
    REQUIRE(!left.empty());
    next = std::stoi(left.substr(2));
    std::string expected;
    while (expected.size() < left.size()) expected += line_of(7, next++);
    CHECK((left == expected));
    CHECK(ring->damaged() == 0);
  }
}

TEST_CASE("A line that a killed process had begun is passed over, and those behind it are not",
          "[server][audit]") {
  Ring file;
  {
    const auto ring = file.open();
    for (const char* line : {"one\n", "two\n", "three\n"}) ring->put(line);
  }
  file.spoil(kHeader + 24, std::string(8, '\0'));  // the second line's mark, which is made last
  const auto ring = file.open();
  CHECK(take(*ring) == "one\nthree\n");
  CHECK(ring->damaged() == 0);
}

TEST_CASE("A line that a crash of the machine has torn is passed over and counted", "[server][audit]") {
  Ring file;
  {
    const auto ring = file.open();
    for (const char* line : {"one\n", "two\n", "three\n"}) ring->put(line);
  }
  file.spoil(kHeader + 24 + 16, "t\xff");
  const auto ring = file.open();
  CHECK(take(*ring) == "one\nthree\n");
  CHECK(ring->damaged() == 1);
}

TEST_CASE("A ring of another size is read as it is", "[server][audit]") {
  Ring file;
  file.open(8192)->put("from the larger one\n");
  const auto ring = file.open(kCapacity);
  CHECK(ring->capacity() == 8192);
  CHECK(take(*ring) == "from the larger one\n");
}

TEST_CASE("A file that is no ring of this version is moved aside", "[server][audit]") {
  Ring file;
  file.open()->put("old\n");
  const int how = GENERATE(0, 1, 2, 3);
  CAPTURE(how);
  switch (how) {
    case 0: file.spoil(0, "NOTARING"); break;
    case 1: file.spoil(8, std::string("\x02", 1)); break;              // version
    case 2: REQUIRE(::truncate(file.path.c_str(), 6000) == 0); break;  // shorter than it says
    case 3: REQUIRE(::truncate(file.path.c_str(), 10) == 0); break;
  }
  const auto ring = file.open();
  CHECK_THAT(ring->fault(), Catch::Contains(file.path + ".damaged"));
  CHECK(::access((file.path + ".damaged").c_str(), F_OK) == 0);
  CHECK(take(*ring).empty());
  CHECK(ring->put("new\n"));
  CHECK(take(*ring) == "new\n");
}

TEST_CASE("A ring belongs to one process, and is readable for its owner only", "[server][audit]") {
  Ring file;
  const auto ring = file.open();
  CHECK_THROWS_WITH(file.open(), Catch::Contains("in use"));
  struct stat status {};
  REQUIRE(::stat(file.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
}

TEST_CASE("A ring for which the disk has no room is refused, and leaves nothing", "[server][audit]") {
  test::TempDir dir;
  const std::string path = dir.file("disk");
  test::SmallDisk disk(path);
  if (!disk.is_mounted()) return;  // only root can make one
  CHECK_THROWS_WITH(RingFile::open(path + "/audit.ring", 8 << 20),
                    Catch::Contains("No space left on device"));
  CHECK(RingFile::open(path + "/audit.ring", 1 << 20)->put("x\n"));
}

TEST_CASE("What was about to be written is known until it is marked, also by the next process",
          "[server][audit]") {
  Ring file;
  {
    const auto ring = file.open();
    ring->put("one\n");
    CHECK_FALSE(ring->intent());
    ring->intend({.at = ring->written(), .device = 1, .inode = 2, .size = 3});
  }
  const auto ring = file.open();
  REQUIRE(ring->intent());
  CHECK(ring->intent()->size == 3);
  take(*ring);
  CHECK_FALSE(ring->intent());
}

TEST_CASE("Many threads put lines while one takes them: none is lost, and each thread's are in order",
          "[server][audit]") {
  Ring file;
  const auto ring = file.open(16 * 1024);
  constexpr int kLines = 5000;
  std::string found;
  {
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < 4; ++writer) {
      threads.emplace_back([&ring, writer] {
        for (int i = 0; i < kLines; ++i) {
          while (!ring->put(line_of(writer, i))) std::this_thread::yield();
        }
      });
    }
    const auto count = [&] { return std::count(found.begin(), found.end(), '\n'); };
    while (count() < 4 * kLines) {
      const std::string lines = take(*ring, 4000);
      lines.empty() ? std::this_thread::yield() : void(found += lines);
    }
  }
  std::map<int, int> next;
  for (std::size_t at = 0; at < found.size();) {
    const int writer = found[at] - '0';
    const std::string line = line_of(writer, next[writer]++);
    REQUIRE((found.compare(at, line.size(), line) == 0));
    at += line.size();
  }
}
