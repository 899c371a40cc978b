// The reader of files where something is in its way: rights, clocks, disks, encodings, truncation.
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <agent/error.hpp>
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "examples/logkit-agent/send/gzip.hpp"
#include "numbered_lines.hpp"
#include "tests/support/own_memory.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/small_disk.hpp"

using namespace logkit;
using test::kGlob;
using test::LogScene;
using test::numbered;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

// Files are opened as by somebody who is not root.
class Unprivileged {
 public:
  Unprivileged() : is_root_(::geteuid() == 0) {
    if (is_root_) ::setfsuid(kNobody);
  }
  ~Unprivileged() {
    if (is_root_) ::setfsuid(0);
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  static constexpr uid_t kNobody = 65534;
  bool is_root_;
};

void set_mode(const LogScene& scene, const std::string& name, mode_t mode) {
  REQUIRE(::chmod(scene.dir.file(name).c_str(), mode) == 0);
}

Lines read_unprivileged(LogScene& scene) {
  const Unprivileged now;
  return scene.read();
}

void set_age(const LogScene& scene, const std::string& name, fs::file_time_type::duration age) {
  fs::last_write_time(scene.dir.file(name), fs::file_time_type::clock::now() - age);
}

}  // namespace

TEST_CASE("An unknown encoding is a warning and the text is taken as UTF-8", "[examples]") {
  LogScene scene(R"("mode": "file", "encoding": "no-such-set")");
  scene.append("a.log", "caf\xC3\xA9 \xE4\xB8\xAD\ncaf\xE9\n");
  const std::vector<std::string>& warnings = scene.reader().source().warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings.front().find("NO-SUCH-SET") != std::string::npos);
  Arena arena;
  Lines lines;
  scene.discover();
  while (scene.reader().read(scene.now, [&](TailedFile& file, const Line& line) {
    lines.emplace_back(file.decoder().decode(line, arena));
    return true;
  })) {
  }
  CHECK(lines == Lines{"caf\xC3\xA9 \xE4\xB8\xAD", "caf\xEF\xBF\xBD"});
  CHECK(scene.reader().counts().repaired_lines == 1);
}

TEST_CASE("A file that may not be read is told and read once it may", "[examples]") {
  LogScene scene;
  REQUIRE(::chmod(scene.dir.path().c_str(), 0755) == 0);
  scene.append("a.log", "1\n2\n");
  set_mode(scene, "a.log", 0200);
  for (int i = 0; i < 2; ++i) {
    CHECK(read_unprivileged(scene).empty());
    CHECK(scene.reader().problem().find("a.log: Permission denied") != std::string::npos);
  }
  set_mode(scene, "a.log", 0644);
  CHECK(read_unprivileged(scene) == Lines{"1", "2"});
  CHECK(scene.reader().problem().empty());
  // It is open already, and is read on.
  set_mode(scene, "a.log", 0200);
  scene.append("a.log", "3\n");
  CHECK(read_unprivileged(scene) == Lines{"3"});
  scene.append("a.log", "4\n");
  scene.start();
  CHECK(read_unprivileged(scene).empty());
  CHECK(scene.reader().problem().find("Permission denied") != std::string::npos);
  set_mode(scene, "a.log", 0644);
  CHECK(read_unprivileged(scene) == Lines{"4"});
}

TEST_CASE("A directory that may not be read is told and its files are read once it may", "[examples]") {
  if (::geteuid() != 0) return;  // its owner may
  LogScene scene(R"("mode": "file")", "logs/a.log");
  REQUIRE(::chmod(scene.dir.path().c_str(), 0755) == 0);
  fs::create_directories(scene.dir.file("logs"));
  scene.append("logs/a.log", "1\n");
  set_mode(scene, "logs/a.log", 0644);
  set_mode(scene, "logs", 0700);
  CHECK(read_unprivileged(scene).empty());
  CHECK(scene.reader().problem().find("Permission denied") != std::string::npos);
  set_mode(scene, "logs", 0755);
  CHECK(read_unprivileged(scene) == Lines{"1"});
}

TEST_CASE("A file that nobody writes to for days goes on where it was", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("a.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  for (int day = 0; day < 3; ++day) {
    set_age(scene, "a.log", 48h);
    scene.now += 24h;
    CHECK(scene.read().empty());
  }
  CHECK(scene.reader().open_files() == 1);
  scene.append("a.log", "2\n");
  CHECK(scene.read() == Lines{"2"});
  scene.start();
  CHECK(scene.read().empty());
}

TEST_CASE("What a copytruncate takes away while the file is being read is counted", "[examples]") {
  LogScene scene;
  scene.append("a.log", numbered(0, 10'000));
  const std::uint64_t size = fs::file_size(scene.dir.file("a.log"));
  scene.discover();
  std::vector<FilePosition> positions;
  std::size_t count = 0;
  scene.reader().read(scene.now, [&](TailedFile& file, const Line& line) {
    positions.assign(1, file.position_at(line.end));
    return ++count < 5000;
  });
  REQUIRE(count == 5000);
  scene.reader().delivered(positions);
  fs::copy_file(scene.dir.file("a.log"), scene.dir.file("a.log.1"));
  fs::resize_file(scene.dir.file("a.log"), 0);
  scene.append("a.log", numbered(10'000, 10'010));
  CHECK(scene.read().size() == 10);
  CHECK(scene.reader().counts().truncations == 1);
  CHECK(scene.reader().counts().lost_bytes == size - positions.front().offset);
  scene.start();
  CHECK(scene.read().empty());
}

TEST_CASE("Rotations that are faster than the reader lose no line and repeat none", "[examples]") {
  constexpr int kLines = 60'000;
  constexpr int kFile = 5000;
  for (const auto& [options, path] : {std::pair{R"("mode": "file")", "a.log"}, {kGlob, "a.log*"}}) {
    LogScene scene(options, path);
    Lines lines;
    const auto sink = [&](TailedFile&, const Line& line) {
      lines.emplace_back(line.text);
      return lines.size() % 1000 != 0;
    };
    for (int from = 0; from < kLines; from += kFile) {
      scene.append("a.log", numbered(from, from + kFile / 2));
      scene.discover();
      scene.reader().read(scene.now, sink);
      scene.append("a.log", numbered(from + kFile / 2, from + kFile));
      scene.rename("a.log", "a.log." + std::to_string(from));
    }
    scene.discover();
    while (scene.reader().read(scene.now, sink)) {
    }
    CHECK(test::difference(lines, kLines) == "");
  }
}

TEST_CASE("A directory whose file is deleted while it is read goes on with the next one", "[examples]") {
  LogScene scene(R"("mode": "dir")", "logs");
  fs::create_directories(scene.dir.file("logs"));
  for (int i = 0; i < 3; ++i) {
    const std::string name = "logs/" + std::to_string(i);
    scene.append(name, numbered(100 * i, 100 * (i + 1)));
    set_age(scene, name, (3 - i) * 1h);
  }
  scene.discover();
  Lines lines;
  const auto sink = [&](TailedFile&, const Line& line) {
    lines.emplace_back(line.text);
    return lines.size() != 50;
  };
  scene.reader().read(scene.now, sink);
  CHECK(lines.size() == 50);
  scene.remove("logs/0");
  const Lines rest = scene.read();
  lines.insert(lines.end(), rest.begin(), rest.end());
  CHECK(test::difference(lines, 300) == "");
  CHECK(scene.reader().problem().empty());
}

TEST_CASE("A directory that comes after its reader is read", "[examples]") {
  for (const auto& [options, path] :
       {std::pair{R"("mode": "file")", "logs/a.log"}, {kGlob, "logs/*.log"}, {R"("mode": "dir")", "logs"}}) {
    LogScene scene(options, path);
    for (int i = 0; i < 2; ++i) CHECK(scene.read().empty());
    fs::create_directories(scene.dir.file("logs"));
    scene.append("logs/a.log", "1\n");
    CHECK(scene.read() == Lines{"1"});
    CHECK(scene.reader().problem().empty());
  }
}

TEST_CASE("Files of the future are read as others are", "[examples]") {
  // As after the clock went back by a day.
  LogScene scene(kGlob, "*");
  scene.append("a.log", "1\npart");
  scene.append("b.gz", gzip("2\n"));
  for (const char* name : {"a.log", "b.gz"}) set_age(scene, name, -24h);
  scene.discover();
  const LagAge lag = scene.reader().lag_age(std::chrono::steady_clock::now());
  CHECK(lag.age >= 0s);
  CHECK(lag.age < 1h);
  Lines lines = scene.read();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"1", "2"});
  scene.now += 11s;
  CHECK(scene.read() == Lines{"part"});
  scene.append("b.gz", "no gzip");  // a part that is not complete
  set_age(scene, "b.gz", -24h);
  scene.read();
  CHECK(scene.reader().is_drained());
  scene.append("a.log", "ial\n");
  CHECK(scene.read() == Lines{"ial"});

  LogScene directory(R"("mode": "dir")", "logs");
  fs::create_directories(directory.dir.file("logs"));
  directory.append("logs/first", "1\n");
  directory.append("logs/second", "2\n");
  set_age(directory, "logs/second", -24h);
  CHECK(directory.read() == Lines{"1", "2"});
}

TEST_CASE("A full disk below the checkpoint is an error and nothing is passed over", "[examples]") {
  LogScene scene;
  const test::SmallDisk disk(scene.dir.file("state"));
  if (!disk.is_mounted()) return;
  scene.start();
  std::ofstream fill(scene.dir.file("state/fill"), std::ios::binary);
  while (fill << std::string(4096, 'x') << std::flush) {
  }
  int line = 0;
  bool has_failed = false;
  for (; line < 1000 && !has_failed; ++line) {
    scene.append("a.log", std::to_string(line) + "\n");
    try {
      const Lines read = scene.read();
      CHECK(read == Lines{std::to_string(line)});
    } catch (const agent::Error& error) {
      CHECK(error.code() == agent::Errc::io);
      has_failed = true;
    }
  }
  CHECK(has_failed);
  fill.close();
  fs::remove(scene.dir.file("state/fill"));
  scene.append("a.log", "more\n");
  CHECK(scene.read() == Lines{"more"});
  scene.start();
  CHECK(scene.checkpoint().damaged() <= 1);
  CHECK(scene.read().empty());
}

TEST_CASE("A reader that forgets everything reads the whole file again", "[examples]") {
  LogScene scene;
  scene.append("a.log", numbered(0, 100));
  CHECK(scene.read().size() == 100);
  scene.start();
  CHECK(scene.read().empty());
  scene.checkpoint().clear();
  scene.start();
  CHECK(scene.read().size() == 100);
}

TEST_CASE("Files of which no change is told are looked at and the others wait to be told of", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("a.log", "1\n");
  scene.append("b.log", "1\n");
  CHECK(scene.read().size() == 2);
  for (const char* name : {"a.log", "b.log"}) scene.append(name, "2\n");
  // Nothing has happened as far as is known.
  scene.reader().look_at_silent();
  CHECK(scene.read_on().empty());
  scene.reader().touched(scene.dir.file("a.log"));
  CHECK(scene.read_on() == Lines{"2"});
  // The discovery finds that b.log has grown, of which nobody has told.
  CHECK(scene.read() == Lines{"2"});
  for (const char* name : {"a.log", "b.log"}) scene.append(name, "3 of " + std::string(name) + "\n");
  scene.reader().look_at_silent();
  CHECK(scene.read_on() == Lines{"3 of b.log"});
  scene.reader().touched(scene.dir.file("b.log"));
  scene.append("b.log", "4\n");
  scene.reader().look_at_silent();
  CHECK(scene.read_on().empty());
  // A file without a name has nobody who tells of it.
  scene.rename("b.log", "b.1");
  CHECK(scene.read().size() == 2);
  scene.append("b.1", "5\n");
  scene.reader().look_at_silent();
  CHECK(scene.read_on() == Lines{"5"});
}

TEST_CASE("Ten thousand idle files cost little memory and hold up no busy one", "[examples]") {
  constexpr int kIdle = 10'000;
  constexpr int kBusy = 5;
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlimit before = limit;
  if (limit.rlim_max < kIdle + 500) return;
  limit.rlim_cur = std::max<rlim_t>(limit.rlim_cur, kIdle + 500);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  {
    LogScene scene(R"("mode": "tailx", "max_open_files": 20000)", "*.log");
    for (int i = 0; i < kIdle; ++i) scene.append("idle-" + std::to_string(i) + ".log", "an idle line\n");
    const std::size_t memory = test::resident_bytes();
    int idle = 0;
    scene.discover();
    while (scene.reader().read(scene.now, [&](const TailedFile&, const Line&) { return ++idle > 0; })) {
    }
    CHECK(idle == kIdle);
    CHECK(scene.reader().open_files() == kIdle);
    // 24 MB are the budget of the whole program.
    if (!test::kSanitized) CHECK(test::resident_bytes() < memory + 24'000'000);
    const auto busy = [](int i) { return "busy-" + std::to_string(i) + ".log"; };
    for (int i = 0; i < kBusy; ++i) scene.append(busy(i), "0\n");
    CHECK(scene.read().size() == kBusy);
    for (int round = 1; round < 20; ++round) {
      for (int i = 0; i < kBusy; ++i) {
        scene.append(busy(i), std::to_string(round) + "\n");
        scene.reader().touched(scene.dir.file(busy(i)));
      }
      // A busy file has its turn with the next read that finds anything.
      std::size_t lines = 0;
      for (int reads = 0; reads < kBusy; ++reads)
        CHECK(scene.reader().read(scene.now, [&](TailedFile&, const Line&) { return ++lines > 0; }));
      CHECK(lines == kBusy);
    }
  }
  CHECK(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}
