#include "examples/logkit-agent/read/packed_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "examples/logkit-agent/send/gzip.hpp"
#include "examples/logkit-agent/send/zstd.hpp"
#include "numbered_lines.hpp"
#include "tests/support/sanitized.hpp"

using namespace logkit;
using test::kGlob;
using test::LogScene;
using test::numbered;
using test::pass_grace;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string read_text(const LogScene& scene, const std::string& name) {
  std::ifstream file(scene.dir.file(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string pack(const std::string& name, const std::string& text) {
  return name.ends_with(".gz") ? gzip(text) : zstd(text);
}

// As gzip and zstd do it: the copy is written, and then the original goes.
void compress(const LogScene& scene, const std::string& name, const std::string& end) {
  scene.append(name + end, pack(end, read_text(scene, name)));
  scene.remove(name);
}

// Nobody has written to it for two hours.
void make_old(const LogScene& scene, const std::string& name) {
  fs::last_write_time(scene.dir.file(name), fs::file_time_type::clock::now() - 2h);
}

}  // namespace

TEST_CASE("A copy that was made while the agent was away is gone on with where reading stood", "[examples]") {
  for (const auto& [pattern, name, end] : {std::tuple("*.log", "a.log.1", ".gz"),
                                           {"*.log", "a.log-20261130", ".zst"},
                                           {"a.log*", "a.log.1", ".gz"}}) {
    LogScene scene(kGlob, pattern);
    scene.append("a.log", numbered(0, 500));
    CHECK(scene.read().size() == 500);
    const std::string id = scene.checkpoint().positions().begin()->first;
    scene.append("a.log", numbered(500, 600));
    scene.rename("a.log", name);
    compress(scene, name, end);
    scene.append("a.log", "new\n");
    scene.start();
    Lines expected = lines_of(numbered(500, 600));
    expected.push_back("new");
    CHECK(scene.read() == expected);
    CHECK(scene.checkpoint().positions().at(id).offset == numbered(0, 600).size());
    scene.start();
    CHECK(scene.read().empty());
  }
}

TEST_CASE("A copy of a file that is read is never read itself", "[examples]") {
  for (const char* end : {".gz", ".zst"}) {
    for (const bool is_kept : {false, true}) {
      LogScene scene(kGlob, "a.log*");
      scene.append("a.log", numbered(0, 300));
      CHECK(scene.read().size() == 300);
      scene.append("a.log", numbered(300, 310));
      scene.rename("a.log", "a.log.1");
      scene.append("a.log", "new\n");
      const std::string text = read_text(scene, "a.log.1");
      scene.append("a.log.1" + std::string(end), pack(end, text));
      if (!is_kept) scene.remove("a.log.1");
      CHECK(scene.read().size() == 11);
      pass_grace(scene);
      CHECK(scene.read().empty());
      scene.rename("a.log.1" + std::string(end), "a.log.2" + std::string(end));
      CHECK(scene.read().empty());
      scene.start();
      CHECK(scene.read().empty());
      CHECK(scene.reader().problem().empty());
    }
  }
}

TEST_CASE("A copy is not read while it is being written and not forgotten when its original goes before",
          "[examples]") {
  LogScene scene(kGlob, "a.log*");
  scene.append("a.log.1", numbered(0, 20'000));
  CHECK(scene.read().size() == 20'000);
  const std::string packed = gzip(numbered(0, 20'000));
  scene.append("a.log.1.gz", packed.substr(0, packed.size() / 2));
  scene.discover();
  scene.remove("a.log.1");
  CHECK(scene.read().empty());
  pass_grace(scene);
  CHECK(scene.reader().open_files() == 0);
  scene.append("a.log.1.gz", packed.substr(packed.size() / 2, 100));
  CHECK(scene.read().empty());
  CHECK(scene.reader().counts().incomplete_files == 1);
  CHECK(scene.reader().problem().empty());
  scene.append("a.log.1.gz", packed.substr(packed.size() / 2 + 100));
  CHECK(scene.read().empty());
  CHECK(scene.reader().counts().incomplete_files == 0);
  scene.now += 24h;
  scene.start();
  CHECK(scene.read().empty());
}

TEST_CASE("A file that is compressed from the first line on is read once it is complete", "[examples]") {
  for (const char* name : {"a.gz", "a.zst"}) {
    for (const char* pattern : {"*", name}) {
      LogScene scene(kGlob, pattern);
      const std::string packed = pack(name, numbered(0, 10));
      for (std::size_t size = 0; size < packed.size(); ++size) {
        CHECK(scene.read().empty());
        CHECK(scene.reader().is_drained());
        scene.append(name, packed.substr(size, 1));
      }
      CHECK(scene.read() == lines_of(numbered(0, 10)));
      CHECK(scene.read().empty());
      scene.append(name, pack(name, "another member\nwithout an end"));
      CHECK(scene.read() == Lines{"another member", "without an end"});
      scene.start();
      CHECK(scene.read().empty());
      scene.remove(name);
      scene.discover();
      CHECK(scene.reader().open_files() == 0);
    }
  }
  LogScene scene(R"("mode": "file")", "b.gz");
  scene.append("b.gz", gzip("one\n"));
  CHECK(scene.read() == Lines{"one"});
}

TEST_CASE("A file that was empty is read in its copy wherever the pattern looks, and once", "[examples]") {
  for (const char* pattern : {"a.log", "*.log", "a.log*"}) {
    LogScene scene(kGlob, pattern);
    // Written before the agent came.
    scene.append("a.log.2.gz", gzip("too old\n"));
    make_old(scene, "a.log.2.gz");
    const bool is_covered = std::string(pattern).ends_with('*');
    scene.append("a.log", "");
    CHECK(scene.read().size() == (is_covered ? 1 : 0));
    const std::size_t entries = scene.checkpoint().positions().size();
    scene.append("a.log", numbered(0, 10));
    scene.rename("a.log", "a.log.1");
    scene.append("a.log", "new\n");  // before the old one's inode is free
    compress(scene, "a.log.1", ".gz");
    scene.start();
    Lines expected = lines_of(numbered(0, 10));
    expected.push_back("new");
    CHECK(scene.read() == expected);
    CHECK(scene.checkpoint().positions().size() == entries + 1);
    CHECK(scene.read().empty());
    scene.start();
    CHECK(scene.read().empty());
    CHECK(scene.reader().problem().empty());
  }
}

TEST_CASE("A file that stays empty has nothing in its copy", "[examples]") {
  LogScene scene(kGlob, "a.log*");
  scene.append("a.log", "");
  CHECK(scene.read().empty());
  scene.append("a.log.1.gz", "");  // as it is when gzip begins
  CHECK(scene.read().empty());
  scene.append("a.log.1.gz", gzip(""));
  CHECK(scene.read().empty());
  scene.append("a.log", "one\n");
  CHECK(scene.read() == Lines{"one"});
  scene.start();
  CHECK(scene.read().empty());
  CHECK(scene.reader().counts().damaged_files == 0);
}

TEST_CASE("A restart within a copy goes on where the delivered lines end", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("a.log", numbered(0, 10));
  CHECK(scene.read().size() == 10);
  scene.append("a.log", numbered(10, 200'000));
  scene.rename("a.log", "a.log.1");
  compress(scene, "a.log.1", ".gz");
  Lines lines;
  for (int round = 0; round < 50 && lines.size() < 199'990; ++round) {
    scene.start();
    scene.discover();
    std::vector<FilePosition> positions;
    std::size_t count = 0;
    const auto sink = [&](TailedFile& file, const Line& line) {
      lines.emplace_back(line.text);
      positions.assign(1, file.position_at(line.end));
      return ++count < 10'000;
    };
    while (count < 10'000 && scene.reader().read(scene.now, sink)) {
    }
    scene.reader().delivered(positions);
    scene.rename("a.log." + std::to_string(round + 1) + ".gz", "a.log." + std::to_string(round + 2) + ".gz");
  }
  CHECK(lines == lines_of(numbered(10, 200'000)));
}

TEST_CASE("A damaged archive is told and counted and the others are read", "[examples]") {
  LogScene scene(kGlob, "*");
  std::string packed = gzip(numbered(0, 1000));
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 1);
  scene.append("a.gz", packed);
  scene.append("b.gz", "this is no gzip\n");
  scene.append("c.zst", "this is no zstd\n");
  scene.append("d.log", "fine\n");
  scene.append("e.gz", gzip("fine, too\n"));
  Lines lines = scene.read();
  std::sort(lines.begin(), lines.end());
  CHECK(lines == Lines{"fine", "fine, too"});
  CHECK(scene.reader().counts().damaged_files == 3);
  CHECK(scene.reader().problem().find(": damaged: ") != std::string::npos);
  CHECK(scene.read().empty());
  CHECK(scene.reader().problem().find("a.gz: damaged: gzip: ") != std::string::npos);
  CHECK(scene.reader().counts().damaged_files == 3);
  std::ofstream(scene.dir.file("a.gz"), std::ios::binary | std::ios::trunc) << gzip("repaired\n");
  CHECK(scene.read() == Lines{"repaired"});
}

TEST_CASE("An archive that may not be read is told as long as it is there", "[examples]") {
  LogScene scene(kGlob, "*.gz");
  fs::create_directories(scene.dir.file("other"));
  scene.roots = agent::AllowedDirectories({fs::canonical(scene.dir.file("other")).string()});
  scene.start();
  scene.append("a.gz", gzip("no\n"));
  for (int i = 0; i < 3; ++i) {
    CHECK(scene.read().empty());
    CHECK(scene.reader().problem().find("a.gz") != std::string::npos);
    scene.discover();
    CHECK(scene.reader().problem().find("a.gz") != std::string::npos);
  }
}

TEST_CASE("Archives with the same bytes are read each", "[examples]") {
  LogScene scene(kGlob, "*");
  scene.append("a.log.2.zst", zstd("all is well\n"));
  CHECK(scene.read().size() == 1);
  scene.append("a.log.1.zst", zstd("all is well\n"));
  make_old(scene, "a.log.1.zst");
  scene.append("a.log", "all is well\n");
  CHECK(scene.read().size() == 2);
  scene.start();
  CHECK(scene.read().empty());
}

TEST_CASE("An archive that nobody completes is told and read by nobody", "[examples]") {
  LogScene scene(kGlob, "*.gz");
  const std::string packed = gzip(numbered(0, 1000));
  scene.append("a.gz", packed.substr(0, packed.size() - 4));
  CHECK(scene.read().empty());
  make_old(scene, "a.gz");
  CHECK(scene.read().empty());
  scene.discover();
  CHECK(scene.reader().problem().find("a.gz: not read: its end is missing") != std::string::npos);
  CHECK(scene.reader().counts().incomplete_files == 1);
}

TEST_CASE("A new archive with the inode of an old one and the same first kilobyte is read", "[examples]") {
  LogScene scene(kGlob, "*.gz");
  const std::string head = std::string(2000, 'h') + "\n";
  scene.append("a.gz", gzip(head + numbered(0, 3)));
  CHECK(scene.read().size() == 4);
  std::ofstream(scene.dir.file("a.gz"), std::ios::binary | std::ios::trunc) << gzip(head + numbered(3, 100));
  scene.start();
  CHECK(scene.read().size() == 98);
}

TEST_CASE("A file of another log with the same first lines is read whole", "[examples]") {
  LogScene scene(kGlob, "[ab].log*");
  scene.append("a.log", "started\n");
  CHECK(scene.read().size() == 1);
  scene.append("b.log.1.gz", gzip("started\n"));
  CHECK(scene.read() == Lines{"started"});
  scene.remove("a.log");
  scene.append("b.log.2.gz", gzip("started\nmore\n"));
  scene.start();
  CHECK(scene.read() == Lines{"started", "more"});
}

TEST_CASE("An archive that the pattern does not cover is not read unless it is known", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("a.log", numbered(0, 10));
  CHECK(scene.read().size() == 10);
  scene.append("a.log", numbered(10, 20));
  // The same beginning, and another text where reading stood.
  scene.append("a.log.2.gz", gzip(numbered(0, 9) + "another line\n" + numbered(10, 20)));
  scene.append("a.log.3.gz", gzip(numbered(500, 600)));
  scene.rename("a.log", "a.log.1");
  compress(scene, "a.log.1", ".gz");
  scene.start();
  CHECK(scene.read() == lines_of(numbered(10, 20)));
  scene.remove("a.log.1.gz");
  scene.append("a.log.1.gz", gzip("a new file under the old name\n"));
  CHECK(scene.read().empty());
}

TEST_CASE("A directory is read with its archives and the oldest first", "[examples]") {
  LogScene scene(R"("mode": "dir")", "logs");
  fs::create_directories(scene.dir.file("logs"));
  scene.append("logs/a.log", "4\n");
  scene.append("logs/a.log.1.gz", gzip("3\n"));
  scene.append("logs/a.log.2.gz", gzip("2\n"));
  scene.append("logs/a.log.3.zst", zstd("1\n"));
  scene.append("logs/a.tar.gz", gzip("0\n"));
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(scene.dir.file("logs/a.log.1.gz"), now - 1h);
  fs::last_write_time(scene.dir.file("logs/a.log.2.gz"), now - 2h);
  fs::last_write_time(scene.dir.file("logs/a.log.3.zst"), now - 3h);
  CHECK(scene.read() == Lines{"1", "2", "3", "4"});
}

TEST_CASE("Archives that are there when newest is asked for are not read and later ones are", "[examples]") {
  LogScene scene(R"("mode": "tailx", "read_from": "newest")", "*.gz");
  scene.append("a.gz", gzip("old\n"));
  CHECK(scene.read().empty());
  scene.append("b.gz", gzip("new\n"));
  CHECK(scene.read() == Lines{"new"});
}

TEST_CASE("A bomb takes no memory", "[examples]") {
  const auto peak = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  LogScene scene(kGlob, "*");
  {
    const std::string zeros(16 * 1024 * 1024, '\0');
    const std::string packed = zstd(zeros);
    for (int i = 0; i < 20; ++i) scene.append("a.zst", packed);
    const std::string gz = gzip(zeros);
    for (int i = 0; i < 5; ++i) scene.append("b.gz", gz);
  }
  const auto before = peak();
  std::size_t lines = 0;
  std::uint64_t cut = 0;
  scene.discover();
  while (scene.reader().read(scene.now, [&](TailedFile&, const Line& line) {
    ++lines;
    cut += line.cut;
    return true;
  })) {
  }
  CHECK(lines == 2);
  CHECK(cut == 25ULL * 16 * 1024 * 1024 - 2 * (1 << 20));
  // A sanitizer keeps what was given back.
  if (!test::kSanitized) CHECK(peak() - before < 16 * 1024);
}
