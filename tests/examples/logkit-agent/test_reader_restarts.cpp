// The reader of files that is stopped and started again, and what it then knows of them.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "numbered_lines.hpp"
#include "tests/support/small_disk.hpp"

using namespace logkit;
using test::kGlob;
using test::LogScene;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// Delivers so many lines, and no more.
Lines read_only(LogScene& scene, std::size_t count) {
  scene.discover();
  Lines lines;
  std::vector<FilePosition> positions;
  scene.reader().read(scene.now, [&](TailedFile& file, const Line& line) {
    lines.emplace_back(line.text);
    positions.push_back(file.position_at(line.end));
    return lines.size() < count;
  });
  scene.reader().delivered(positions);
  return lines;
}

void add(Lines& to, const Lines& more) { to.insert(to.end(), more.begin(), more.end()); }

}  // namespace

TEST_CASE("A restart in the middle of a file loses and repeats nothing of any file", "[examples]") {
  for (const char* mode : {kGlob, R"("mode": "tailx", "head_pattern": "^\\d")"}) {
    CAPTURE(mode);
    LogScene scene(mode, "*/x.log");
    const bool is_joined = std::string(mode) != kGlob;
    const std::string inner = is_joined ? "\n  more" : "";
    fs::create_directories(scene.dir.file("one"));
    fs::create_directories(scene.dir.file("two"));
    Lines expected;
    for (int i = 0; i < 9; ++i) expected.push_back(std::to_string(i) + inner);
    for (int i = 0; i < 6; ++i) scene.append("one/x.log", expected[static_cast<std::size_t>(i)] + "\n");
    Lines lines = read_only(scene, 2);
    CHECK(lines.size() == 2);
    scene.start();
    for (int i = 6; i < 9; ++i) scene.append("two/x.log", expected[static_cast<std::size_t>(i)] + "\n");
    add(lines, scene.read());
    scene.now += 11s;
    add(lines, scene.read());
    std::sort(lines.begin(), lines.end());
    CHECK(lines == expected);
  }
}

TEST_CASE("Records of several lines in several files are whole after a restart in each", "[examples]") {
  LogScene scene(R"("mode": "dir", "head_pattern": "^test")", "logs");
  fs::create_directories(scene.dir.file("logs"));
  const auto append = [&](const std::string& text) {
    for (const char* name : {"logs/1", "logs/2", "logs/3"}) scene.append(name, text);
  };
  append("test\n12\n34\n56\n");
  append("test\nxtest\n");
  CHECK(scene.read() == Lines(3, "test\n12\n34\n56"));
  scene.start();
  append("123\n");
  CHECK(scene.read().empty());
  scene.now += 11s;
  CHECK(scene.read() == Lines(3, "test\nxtest\n123"));
}

TEST_CASE("What is appended to files while the agent is away is read of each and nothing else",
          "[examples]") {
  LogScene scene(R"("mode": "dir")", "logs");
  fs::create_directories(scene.dir.file("logs"));
  for (const char* name : {"1", "2", "3"}) scene.append(std::string("logs/") + name, "old\n");
  CHECK(scene.read() == Lines(3, "old"));
  for (const char* name : {"1", "2"}) scene.append(std::string("logs/") + name, std::string(name) + "\n");
  scene.start();
  Lines lines = scene.read();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"1", "2"});
}

TEST_CASE("Newest counts at the first start and later files are read whole after any other", "[examples]") {
  LogScene scene(R"("mode": "tailx", "read_from": "newest")", "*.log");
  scene.append("a.log", "old\n");
  CHECK(scene.read().empty());
  scene.append("a.log", "new\n");
  scene.append("b.log", "first\n");
  scene.start();
  CHECK(scene.read() == Lines{"new", "first"});
  // Nor is a start without any file followed by another first one.
  LogScene empty(R"("mode": "tailx", "read_from": "newest")", "*.log");
  CHECK(empty.read().empty());
  empty.append("a.log", "first\n");
  empty.start();
  CHECK(empty.read() == Lines{"first"});
}

TEST_CASE("A file that is renamed and has no successor is read on", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  scene.rename("a.log", "a.log.1");
  scene.append("a.log.1", "2\n");
  CHECK(scene.read() == Lines{"2"});
  CHECK(scene.reader().problem().find("a.log: No such file or directory") != std::string::npos);
  scene.append("a.log.1", "3\n");
  scene.start();
  CHECK(scene.read() == Lines{"3"});
}

TEST_CASE("The lag is the bytes that were not read and nothing once the directory is empty", "[examples]") {
  LogScene scene(kGlob, "logs/*");
  fs::create_directories(scene.dir.file("logs"));
  scene.append("logs/a", "12345\n");
  scene.discover();
  CHECK(scene.reader().lag_bytes() == 6);
  CHECK(scene.reader().lag_files() == 1);
  scene.read();
  scene.remove("logs/a");
  test::pass_grace(scene);
  CHECK(scene.reader().lag_bytes() == 0);
  CHECK(scene.reader().lag_files() == 0);
  scene.append("logs/a", "1234567\n");
  scene.discover();
  CHECK(scene.reader().lag_bytes() == 8);
}

TEST_CASE("A pattern that no name has finds nothing and is no error", "[examples]") {
  LogScene none(R"("mode": "dir", "valid_file_pattern": "name-*")", "");
  none.append("other", "1\n");
  CHECK(none.read().empty());
  CHECK(none.reader().problem().empty());
}

TEST_CASE("A file that goes and comes again with the same content is read again", "[examples]") {
  LogScene scene(R"("mode": "dirx")", "logs/*");
  fs::create_directories(scene.dir.file("logs/a"));
  for (int i = 0; i < 3; ++i) {
    scene.append("logs/a/f", "same\n");
    CHECK(scene.read() == Lines{"same"});
    scene.remove("logs/a/f");
    test::pass_grace(scene);
  }
}

TEST_CASE("A checkpoint that is damaged is told and one that is empty is a beginning", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  for (const char* name : {"state/checkpoint", "state/checkpoint.old"})
    std::ofstream(scene.dir.file(name)) << "nonsense\n";
  scene.start();
  CHECK(scene.read() == Lines{"1"});
  CHECK(scene.reader().problem().find("checkpoint: ") == 0);
  for (const char* name : {"state/checkpoint", "state/checkpoint.old"}) std::ofstream(scene.dir.file(name));
  scene.start();
  CHECK(scene.read() == Lines{"1"});
  CHECK(scene.reader().problem().empty());
}

TEST_CASE("A disk that has another device number after a start has no new files", "[examples]") {
  LogScene scene(kGlob, "disk/*.log");
  const std::string path = scene.dir.file("disk/a.log");
  std::ifstream kept;  // as long as it is open nobody else gets its device number
  std::array<FileFacts, 2> facts;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    // A second disk with the same content in the place of the first one. Both begin with the same inode.
    const test::SmallDisk disk(scene.dir.file("disk"));
    if (!disk.is_mounted()) return;
    scene.append("disk/a.log", "1\n2\n");
    REQUIRE(look_at(path, facts.at(i)));
    scene.start();
    CHECK(scene.read() == (i == 0 ? Lines{"1", "2"} : Lines{}));
    scene.append("disk/a.log", "3\n");
    if (i == 1) CHECK(scene.read() == Lines{"3"});
    if (i == 0) kept.open(path);
  }
  CHECK(facts[0].key.device != facts[1].key.device);
  CHECK(facts[0].key.inode == facts[1].key.inode);
}
