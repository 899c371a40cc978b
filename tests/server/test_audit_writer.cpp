#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/append_file.hpp"
#include "commands/audit_writer.hpp"
#include "tests/support/patience.hpp"
#include "tests/support/temp_dir.hpp"

using namespace server;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string line_of(int number) { return "line " + std::to_string(number) + "\n"; }

std::string lines_of(int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i) lines += line_of(i);
  return lines;
}

struct Folder {
  agent::log::Options options(std::uint64_t size = 1 << 30) const {
    agent::log::Options made;
    made.dir = dir.path();
    made.name = "audit";
    made.size = size;
    made.rotate = 1000;
    return made;
  }
  std::unique_ptr<AuditWriter> open(AuditLimits limits = {}, std::uint64_t size = 1 << 30) const {
    return std::make_unique<AuditWriter>(
        options(size), limits, [](std::string_view what) { return "gap: " + std::string(what) + "\n"; });
  }
  std::string text() const { return text_of(log); }

  test::TempDir dir;
  const std::string log = dir.file("audit.log");
  const std::string ring = dir.file("audit.ring");
};

// A ring with three lines of which a killed process had written so many bytes.
void leave_half_written(const Folder& folder, std::size_t written) {
  std::ofstream(folder.log) << "before\n";
  agent::AppendFile file;
  REQUIRE(file.open(folder.log));
  const auto place = file.place();
  const auto ring = RingFile::open(folder.ring, 4096);
  for (int i = 0; i < 3; ++i) ring->put(line_of(i));
  ring->intend({.at = ring->written(), .device = place->device, .inode = place->inode, .size = place->size});
  const std::string lines = lines_of(0, 3);
  REQUIRE(file.write(lines.substr(0, written)) == written);
}

}  // namespace

TEST_CASE("Lines are in the file in the order in which they were put", "[server][audit]") {
  Folder folder;
  const auto writer = folder.open();
  for (int i = 0; i < 1000; ++i) writer->put(line_of(i));
  writer->flush();
  CHECK((folder.text() == lines_of(0, 1000)));
  writer->put("more\n");  // also without anybody who asks for it
  test::wait_until("the last line", [&] { return folder.text().ends_with("more\n"); });
}

TEST_CASE("The end of a writer writes everything", "[server][audit]") {
  Folder folder;
  folder.open({.nap = 1h})->put("last\n");
  CHECK(folder.text() == "last\n");
}

TEST_CASE("Rotation splits no line and keeps their order", "[server][audit]") {
  Folder folder;
  const auto writer = folder.open({}, 1000);
  for (int i = 0; i < 2000; ++i) {
    writer->put(line_of(i));
    if (i % 50 == 0) writer->flush();
  }
  writer->flush();
  std::map<int, std::string> rotated;
  for (const auto& entry : fs::directory_iterator(folder.dir.path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("audit.log.")) rotated[std::stoi(name.substr(10))] = entry.path().string();
  }
  REQUIRE(rotated.size() > 10);
  std::string all;
  for (const auto& [number, path] : rotated) {
    all += text_of(path);
    CHECK(all.ends_with('\n'));
  }
  CHECK((all + folder.text() == lines_of(0, 2000)));
}

TEST_CASE("Lines of many threads are all there, each thread's in order", "[server][audit]") {
  Folder folder;
  constexpr int kLines = 3000;
  const auto writer = folder.open({.ring = 16 * 1024, .wait = 1min});
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&writer, thread] {
        for (int i = 0; i < kLines; ++i) writer->put(std::to_string(thread) + " " + line_of(i));
      });
    }
  }
  writer->flush();
  std::array<int, 4> next{};
  std::ifstream file(folder.log);
  for (std::string line; std::getline(file, line);) {
    const int thread = line.at(0) - '0';
    REQUIRE(line + "\n" == std::to_string(thread) + " " + line_of(next.at(thread)++));
  }
  CHECK(next == std::array{kLines, kLines, kLines, kLines});
}

TEST_CASE("A line that was put before kill -9 is written once, by the next process if need be",
          "[server][audit]") {
  Folder folder;
  int next = 0;  // the first line of which nobody was told
  for (int round = 0; round < 15; ++round) {
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
      const auto writer = folder.open({.nap = 1ms});
      for (int i = next;; ++i) {
        writer->put(line_of(i));
        if (::write(told[1], &i, sizeof i) < 0) break;
      }
      ::_exit(1);
    }
    ::close(told[1]);
    // A result was delivered only after its line was put.
    int last = 0;
    while (::read(told[0], &last, sizeof last) == sizeof last && last < next + 200 + round * 40) {
    }
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    while (::read(told[0], &last, sizeof last) == sizeof last) {
    }
    ::close(told[0]);
    folder.open();
    const std::string text = folder.text();
    // One more may have been put of which nobody was told.
    const bool has_more = text.ends_with("\n" + line_of(last + 1));
    next = last + 1 + static_cast<int>(has_more);
    REQUIRE((text == lines_of(0, next)));
  }
}

TEST_CASE("What a killed process had written of its lines is not written again", "[server][audit]") {
  const std::size_t written = GENERATE(0, 1, 7, 10, 21);
  Folder folder;
  leave_half_written(folder, written);
  folder.open();
  CHECK(folder.text() == "before\n" + lines_of(0, 3));
}

TEST_CASE("Lines that were written into a file which was moved since are there twice rather than not at all",
          "[server][audit]") {
  Folder folder;
  leave_half_written(folder, 10);
  fs::rename(folder.log, folder.log + ".moved");
  folder.open();
  CHECK(folder.text() == lines_of(0, 3));
}

TEST_CASE("A ring of another size is emptied and made anew", "[server][audit]") {
  Folder folder;
  RingFile::open(folder.ring, 4096)->put("left\n");
  folder.open({.ring = 8192})->put("new\n");
  CHECK(folder.text() == "left\nnew\n");
  CHECK(fs::file_size(folder.ring) == 4096 + 8192);
}

TEST_CASE("A ring that cannot be read is told of in the log", "[server][audit]") {
  Folder folder;
  std::ofstream(folder.ring) << "this is no ring";
  folder.open()->put("new\n");
  CHECK(folder.text() ==
        "gap: " + folder.ring + " cannot be read and was moved to " + folder.ring + ".damaged\nnew\n");
}

TEST_CASE("Lines put before the file is opened again are in the old one, later ones in the new one",
          "[server][audit]") {
  Folder folder;
  const auto writer = folder.open({.nap = 1h});
  writer->put("before\n");
  fs::rename(folder.log, folder.log + ".1");
  writer->put("between\n");
  writer->reopen();
  writer->put("after\n");
  writer->flush();
  CHECK(text_of(folder.log + ".1") == "before\nbetween\n");
  CHECK(folder.text() == "after\n");
}

TEST_CASE("A file that cannot be opened again says why, and lines wait for it", "[server][audit]") {
  Folder folder;
  const auto writer = folder.open({.retry = 1ms});
  fs::remove(folder.log);
  fs::create_directory(folder.log);
  CHECK_THROWS_WITH(writer->reopen(), Catch::Contains("audit.log"));
  writer->put("waits\n");
  writer->flush();
  CHECK(writer->fault() == "Is a directory");
  fs::remove(folder.log);
  test::wait_until("the line", [&] { return folder.text() == "waits\n"; });
  CHECK_FALSE(writer->fault());
}

TEST_CASE("A disk that hangs costs a loop one wait, then lines, and how many is said", "[server][audit]") {
  Folder folder;
  REQUIRE(::mkfifo(folder.log.c_str(), 0600) == 0);
  const int pipe = ::open(folder.log.c_str(), O_RDWR | O_NONBLOCK);
  REQUIRE(pipe >= 0);
  while (::write(pipe, "f", 1) == 1) {  // until it is full: then the writer waits
  }
  const auto writer = folder.open({.ring = 4096, .wait = 1ms});
  for (int i = 0; i < 20; ++i) writer->put(std::string(999, 'x') + "\n");
  CHECK(writer->fault() == "the disk does not keep up, and the ring of lines is full");

  std::string text;
  std::array<char, 65536> bytes;
  test::wait_until("the gap", [&] {
    const ssize_t size = ::read(pipe, bytes.data(), bytes.size());
    if (size > 0) text.append(bytes.data(), static_cast<std::size_t>(size));
    return text.find("gap: 16 lines are missing: the disk does not keep up") != std::string::npos;
  });
  CHECK(std::count(text.begin(), text.end(), '\n') == 4 + 1);
  CHECK_FALSE(writer->fault());
  ::close(pipe);
}
