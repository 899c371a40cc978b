// The reader of files at its limits: very long lines, very many files, no descriptors, disks that take
// nothing.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

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

constexpr std::size_t kProgram = 24'000'000;  // bytes, the budget of the whole program

// No descriptor can be opened as long as it is there.
class NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::close(lowest);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("A line of 200 MB is cut and takes no more memory than others", "[examples]") {
  LogScene scene;
  constexpr std::uint64_t kLine = 200'000'000;
  scene.append("a.log", "");
  fs::resize_file(scene.dir.file("a.log"), kLine);  // zeros, which take no place on the disk
  scene.append("a.log", "\nnext\n");
  const std::size_t memory = test::resident_bytes();
  std::size_t most = 0;
  std::vector<std::uint64_t> sizes, cut;
  scene.discover();
  while (scene.reader().read(scene.now, [&](const TailedFile&, const Line& line) {
    most = std::max(most, test::resident_bytes());
    sizes.push_back(line.text.size());
    cut.push_back(line.cut);
    return true;
  })) {
  }
  constexpr std::uint64_t kLimit = 1 << 20;
  CHECK(sizes == std::vector<std::uint64_t>{kLimit, 4});
  CHECK(cut == std::vector<std::uint64_t>{kLine - kLimit, 0});
  if (!test::kSanitized) CHECK(most < memory + kProgram);
}

TEST_CASE("A file with very much to read does not hold up a small one", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("a.log", numbered(0, 1'000'000));
  scene.append("b.log", "small\n");
  scene.discover();
  std::uint64_t before = 0;
  bool is_there = false;
  while (!is_there && scene.reader().read(scene.now, [&](const TailedFile&, const Line& line) {
    is_there = is_there || line.text == "small";
    if (!is_there) before += line.text.size();
    return true;
  })) {
  }
  CHECK(is_there);
  CHECK(before < 1'000'000);
}

TEST_CASE("A line is not torn however long reading is held back in the middle of it", "[examples]") {
  LogScene scene;
  scene.append("a.log", numbered(0, 50'000) + "line 50");
  scene.discover();
  Lines lines;
  bool is_more = true;
  while (is_more) {
    is_more = scene.reader().read(scene.now, [&](const TailedFile&, const Line& line) {
      lines.emplace_back(line.text);
      return lines.size() % 1000 != 0;
    });
    scene.now += 1h;
    // The rest of the last line was there in time: nobody has looked since.
    if (lines.size() == 49'000) scene.append("a.log", "000\n");
  }
  CHECK(test::difference(lines, 50'001) == "");
}

TEST_CASE("Files beyond the number that may be open are told and read when others go", "[examples]") {
  LogScene scene(R"("mode": "tailx", "max_open_files": 2)", "*.log");
  for (const char* name : {"a", "b", "c"}) scene.append(std::string(name) + ".log", std::string(name) + "\n");
  CHECK(scene.read() == Lines{"a", "b"});
  CHECK(scene.reader().problem().find("c.log: more than max_open_files (2)") != std::string::npos);
  scene.remove("a.log");
  CHECK(scene.read().empty());
  test::pass_grace(scene);
  CHECK(scene.read() == Lines{"c"});
  CHECK(scene.reader().problem().empty());
}

TEST_CASE("A reader without descriptors reads what is open and the rest as soon as there are some",
          "[examples]") {
  if (test::kSanitized) return;  // UBSan needs descriptors when it first sees an object of a class
  for (const auto& [options, path] : {std::pair{R"("mode": "file")", "logs/b.log"},
                                      {kGlob, "logs/*.log"},
                                      {R"("mode": "dir")", "logs"},
                                      {R"("mode": "dirx")", "log*"}}) {
    CAPTURE(options);
    LogScene scene(options, path);
    fs::create_directories(scene.dir.file("logs"));
    scene.append("logs/a.log", "1\n");
    const bool is_one = std::string(path) == "logs/b.log";
    CHECK(scene.read() == (is_one ? Lines{} : Lines{"1"}));
    scene.append("logs/a.log", "2\n");
    scene.append("logs/b.log", "3\n");
    Lines lines;
    std::string problem;
    {
      const NoDescriptors none;
      lines = scene.read();
      problem = scene.reader().problem();
      scene.now += 11min;
      scene.discover();
    }
    CHECK(lines == (is_one ? Lines{} : Lines{"2"}));
    CHECK(problem.find("Too many open files") != std::string::npos);
    // Nothing is forgotten meanwhile: the files that cannot be found are not gone.
    CHECK(scene.reader().open_files() == (is_one ? 0 : 1));
    CHECK(scene.read() == Lines{"3"});
    CHECK(scene.reader().problem().empty());
  }
}

// LIBAGENT_SOAK=1: a million.
TEST_CASE("A directory with very many files is followed as far as files may be open", "[examples][soak]") {
  const std::size_t files = std::getenv("LIBAGENT_SOAK") == nullptr ? 10'000 : 1'000'000;
  LogScene scene(R"("mode": "tailx", "max_open_files": 100)", "many/*");
  fs::create_directories(scene.dir.file("many"));
  for (std::size_t i = 0; i < files; ++i) scene.append("many/" + std::to_string(i), "1\n");
  const std::size_t memory = test::resident_bytes();
  CHECK(scene.read().size() == 100);
  CHECK(scene.reader().open_files() == 100);
  CHECK(scene.reader().problem().find("more than max_open_files") != std::string::npos);
  if (!test::kSanitized) CHECK(test::resident_bytes() < memory + kProgram + files * 300);
  scene.append("many/0", "2\n");
  scene.reader().touched(scene.dir.file("many/0"));
  CHECK(scene.read_on() == Lines{"2"});
}

TEST_CASE("A log on a disk that is full or may only be read is read", "[examples]") {
  LogScene scene(kGlob, "disk/*.log");
  const test::SmallDisk disk(scene.dir.file("disk"));
  if (!disk.is_mounted()) return;
  scene.append("disk/a.log", "1\n");
  scene.append("disk/fill", std::string(4 << 20, 'x'));
  CHECK(scene.read() == Lines{"1"});
  scene.remove("disk/fill");
  scene.append("disk/a.log", "2\n");
  const std::string path = scene.dir.file("disk");
  REQUIRE(::mount(nullptr, path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  CHECK(scene.read() == Lines{"2"});
  scene.start();
  CHECK(scene.read().empty());
  CHECK(scene.reader().problem().empty());
}

TEST_CASE("A directory with the name of the log is told and the log is read when it comes", "[examples]") {
  LogScene scene;
  fs::create_directories(scene.dir.file("a.log"));
  CHECK(scene.read().empty());
  CHECK(scene.reader().problem().find("a.log: not a regular file") != std::string::npos);
  fs::remove(scene.dir.file("a.log"));
  scene.append("a.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  CHECK(scene.reader().problem().empty());
}

TEST_CASE("The files that are furthest behind are known and those of one lag by name", "[examples]") {
  test::LogScene scene(R"("mode": "tailx")", "*.log");
  scene.append("c.log", "1\n");
  scene.append("a.log", "1\n");
  scene.append("b.log", "1\n2\n");
  scene.discover();
  const auto names = [&](std::size_t count) {
    std::string all;
    for (const TailedFile* file : scene.reader().most_behind(count))
      all += std::filesystem::path(file->path()).filename().string() + " ";
    return all;
  };
  CHECK(names(2) == "b.log a.log ");
  CHECK(names(9) == "b.log a.log c.log ");
  CHECK(names(0).empty());
  scene.read();
  scene.append("c.log", "2\n");
  scene.discover();
  CHECK(names(1) == "c.log ");
}
