#include "examples/logkit-agent/read/file_reader.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <set>

#include "numbered_lines.hpp"

using namespace logkit;
using test::kGlob;
using test::LogScene;
using test::numbered;
using Lines = std::vector<std::string>;
using namespace std::chrono_literals;

namespace {

// The same inode for a new file: the old one is written over in place.
void overwrite(const LogScene& scene, const std::string& name, const std::string& text) {
  std::ofstream(scene.dir.file(name), std::ios::binary | std::ios::trunc) << text;
}

}  // namespace

TEST_CASE("A file that is renamed is read to its end and the new one from its beginning", "[examples]") {
  for (const auto& [options, path] : {std::pair{R"("mode": "file")", "a.log"}, std::pair{kGlob, "*.log*"}}) {
    LogScene scene(options, path);
    scene.append("a.log", "1\n");
    CHECK(scene.read() == Lines{"1"});
    scene.append("a.log", "2\n");
    scene.rename("a.log", "a.log.1");
    scene.append("a.log", "3\n");
    Lines lines = scene.read();
    std::sort(lines.begin(), lines.end());
    CHECK(lines == Lines{"2", "3"});
    scene.append("a.log.1", "late\n");
    CHECK(scene.read() == Lines{"late"});
  }
}

TEST_CASE("A file that is deleted while it is open is read to its end and given up then", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  scene.discover();
  scene.append("a.log", "2\n");
  scene.remove("a.log");
  CHECK(scene.read() == Lines{"1", "2"});
  CHECK(scene.reader().detached_files() == 1);
  CHECK(scene.reader().detached_bytes() == 4);
  CHECK(scene.checkpoint().positions().size() == 1);
  scene.now += 6s;
  scene.discover();
  CHECK(scene.reader().open_files() == 0);
  CHECK(scene.checkpoint().positions().empty());
}

TEST_CASE("A deleted file stays open as long as its lines are not delivered", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  scene.discover();
  scene.remove("a.log");
  CHECK(scene.read(false) == Lines{"1"});
  scene.now += 1h;
  scene.discover();
  CHECK(scene.reader().open_files() == 1);
}

TEST_CASE("What was delivered is not read again after a restart and what was not is", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n2\n");
  CHECK(scene.read() == Lines{"1", "2"});
  scene.append("a.log", "3\n");
  CHECK(scene.read(false) == Lines{"3"});
  scene.start();
  CHECK(scene.read() == Lines{"3"});
  scene.start();
  CHECK(scene.read().empty());
}

TEST_CASE("A file that was renamed while the agent was away is read on under its new name", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  scene.append("a.log", "2\n");
  scene.rename("a.log", "a.log.1");
  scene.append("a.log", "3\n");
  scene.start();
  CHECK(scene.read() == Lines{"2", "3"});
}

TEST_CASE("A truncated file is read from its beginning however long it is then", "[examples]") {
  for (const int lines : {1, 5, 500}) {
    LogScene scene;
    scene.append("a.log", numbered(0, 10));
    CHECK(scene.read().size() == 10);
    overwrite(scene, "a.log", numbered(1000, 1000 + lines));
    CHECK(scene.read().size() == static_cast<std::size_t>(lines));
    CHECK(scene.reader().counts().truncations == 1);
    CHECK(scene.reader().counts().lost_bytes == 0);
  }
}

TEST_CASE("A short file that is written anew is noticed although reading stood behind the same bytes",
          "[examples]") {
  LogScene scene;
  const std::string same(40, '.');
  scene.append("a.log", "old" + same + "\n");
  scene.discover();
  std::shared_ptr<TailedFile> file;
  std::uint64_t end = 0;
  scene.reader().read(scene.now, [&](TailedFile& read, const Line& line) {
    file = read.shared_from_this();
    end = line.end;
    return true;
  });
  overwrite(scene, "a.log", "new" + same + "\nmore\n");
  // As a runner does it when a batch is complete. The position would mean the line of "old" and that of
  // "new".
  file->position_at(end);
  file->look_closely();
  CHECK(file->generation() == 1);
  CHECK(scene.read() == Lines{"new" + same, "more"});
}

TEST_CASE("A file that was truncated while the agent was away is read from its beginning", "[examples]") {
  for (const int lines : {1, 500}) {
    LogScene scene;
    scene.append("a.log", numbered(0, 10));
    CHECK(scene.read().size() == 10);
    overwrite(scene, "a.log", numbered(1000, 1000 + lines));
    scene.start();
    CHECK(scene.read().size() == static_cast<std::size_t>(lines));
    CHECK(scene.reader().counts().truncations == 1);
  }
}

TEST_CASE("Bytes that were cut off before they were read are counted", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  scene.append("a.log", "lost\n");
  scene.discover();
  overwrite(scene, "a.log", "");
  scene.discover();
  CHECK(scene.reader().counts().lost_bytes == 5);
}

TEST_CASE("Files with the same first kilobyte are told apart", "[examples]") {
  LogScene scene(kGlob, "*.log");
  const std::string head(2000, 'h');
  scene.append("a.log", head + "\nin a\n");
  scene.append("b.log", head + "\nin b\n");
  CHECK(scene.read() == Lines{head, "in a", head, "in b"});
  scene.start();
  scene.append("b.log", "more\n");
  CHECK(scene.read() == Lines{"more"});
}

TEST_CASE("A file with the inode of one that is gone is read from its beginning", "[examples]") {
  LogScene scene;
  scene.append("a.log", numbered(0, 3));
  CHECK(scene.read().size() == 3);
  FileFacts before;
  REQUIRE(look_at(scene.dir.file("a.log"), before));
  // The checkpoint's entry is given the inode of the new file, as if the system had used it again.
  FilePosition position = scene.checkpoint().positions().begin()->second;
  scene.remove("a.log");
  scene.append("a.log", numbered(100, 200));
  FileFacts after;
  REQUIRE(look_at(scene.dir.file("a.log"), after));
  position.print.inode = after.key.inode;
  scene.checkpoint().put({&position, 1});
  scene.start();
  CHECK(scene.read().size() == 100);
}

TEST_CASE("A hard link is the same file and read once", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("a.log", "1\n");
  std::filesystem::create_hard_link(scene.dir.file("a.log"), scene.dir.file("b.log"));
  CHECK(scene.read() == Lines{"1"});
  scene.remove("a.log");
  scene.append("b.log", "2\n");
  CHECK(scene.read() == Lines{"2"});
}

TEST_CASE("A link that is switched leads to the new file from its beginning", "[examples]") {
  LogScene scene;
  scene.append("one", "1\n");
  scene.append("two", "2\n");
  std::filesystem::create_symlink(scene.dir.file("one"), scene.dir.file("a.log"));
  CHECK(scene.read() == Lines{"1"});
  scene.remove("a.log");
  std::filesystem::create_symlink(scene.dir.file("two"), scene.dir.file("a.log"));
  scene.append("one", "late\n");
  const Lines lines = scene.read();
  CHECK(std::set(lines.begin(), lines.end()) == std::set<std::string>{"2", "late"});
}

TEST_CASE("A line without its end waits for it until nothing has come for the time-out", "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\npart");
  CHECK(scene.read() == Lines{"1"});
  scene.now += 5s;
  CHECK(scene.read().empty());
  scene.append("a.log", "ial\n2");
  CHECK(scene.read() == Lines{"partial"});
  scene.now += 9s;
  CHECK(scene.read().empty());
  scene.now += 2s;
  CHECK(scene.read() == Lines{"2"});
}

TEST_CASE("The time-out of a line without its end looks at the file once more", "[examples]") {
  LogScene scene;
  scene.append("a.log", "part");
  CHECK(scene.read().empty());
  scene.now += 11s;
  scene.append("a.log", "ial\n");
  CHECK(scene.read_on() == Lines{"partial"});
}

TEST_CASE("Files that appear are read from their beginning also when newest is asked for", "[examples]") {
  LogScene scene(R"("mode": "tailx", "read_from": "newest")", "*/x.log");
  std::filesystem::create_directories(scene.dir.file("one"));
  scene.append("one/x.log", "old\n");
  CHECK(scene.read().empty());
  scene.append("one/x.log", "new\n");
  std::filesystem::create_directories(scene.dir.file("two"));
  scene.append("two/x.log", "first\n");
  CHECK(scene.read() == Lines{"new", "first"});
}

TEST_CASE("A directory is read from its oldest file on without what is to be ignored", "[examples]") {
  LogScene scene(R"("mode": "dir", "valid_file_pattern": "f*")", "logs");
  std::filesystem::create_directories(scene.dir.file("logs"));
  for (const char* name : {"f2", "f1", ".f0", "f.pid", "f.gz", "g"})
    scene.append(std::string("logs/") + name, std::string(name) + "\n");
  std::filesystem::create_directories(scene.dir.file("logs/folder"));
  const auto time = std::filesystem::last_write_time(scene.dir.file("logs/f2"));
  std::filesystem::last_write_time(scene.dir.file("logs/f1"), time + 10s);
  CHECK(scene.read() == Lines{"f2", "f1"});
}

TEST_CASE("Directories of mode dirx take turns and each is read in its order", "[examples]") {
  LogScene scene(R"("mode": "dirx")", "logs/*");
  const auto now = std::filesystem::file_time_type::clock::now();
  const std::string line(1000, '.');
  for (const char* name : {"a", "b"}) {
    const std::string directory = "logs/" + std::string(name) + "/";
    std::filesystem::create_directories(scene.dir.file(directory));
    for (int i = 0; i < 1000; ++i) scene.append(directory + "new", name + (" new" + line) + "\n");
    for (int i = 0; i < 1000; ++i) scene.append(directory + "old", name + (" old" + line) + "\n");
    std::filesystem::last_write_time(scene.dir.file(directory + "old"), now - 1h);
  }
  scene.discover();
  std::map<std::string, int> turns;
  std::string order;
  const auto sink = [&](TailedFile&, const Line& read) {
    ++turns[std::string(read.text.substr(0, 5))];
    const char mark = read.text[0];
    if (order.empty() || order.back() != mark) order += mark;
    return true;
  };
  while (turns["a old"] + turns["b old"] < 2000) REQUIRE(scene.reader().read(scene.now, sink));
  CHECK(turns["a new"] + turns["b new"] < 1000);
  CHECK(order.starts_with("abab"));
  std::filesystem::create_directories(scene.dir.file("logs/c"));
  scene.append("logs/c/first", "later\n");
  const Lines rest = scene.read();
  CHECK(std::count(rest.begin(), rest.end(), "later") == 1);
}

TEST_CASE("The age of the oldest unread line is known and is the least where it was there before",
          "[examples]") {
  LogScene scene;
  scene.append("a.log", "1\n");
  std::filesystem::last_write_time(scene.dir.file("a.log"),
                                   std::filesystem::file_time_type::clock::now() - 1h);
  scene.discover();
  CHECK(scene.reader().lag_age(std::chrono::steady_clock::now()).age >= 1h);
  CHECK(scene.reader().lag_age(std::chrono::steady_clock::now()).is_least);
  scene.read();
  CHECK(scene.reader().lag_age(std::chrono::steady_clock::now()).age == 0s);
  scene.append("a.log", "2\n");
  scene.discover();
  const LagAge lag = scene.reader().lag_age(std::chrono::steady_clock::now() + 10s);
  CHECK(lag.age >= 10s);
  CHECK(lag.age < 1h);
  CHECK_FALSE(lag.is_least);
  LogScene packed(R"("mode": "tailx")", "*.gz");
  packed.append("a.gz", "");
  packed.discover();
  CHECK(packed.reader().lag_age(std::chrono::steady_clock::now()).is_least);
}

TEST_CASE("What is no log is refused without being waited for", "[examples]") {
  LogScene scene(kGlob, "*");
  REQUIRE(::mkfifo(scene.dir.file("pipe").c_str(), 0600) == 0);
  std::filesystem::create_symlink(scene.dir.file("loop"), scene.dir.file("loop"));
  CHECK(scene.read().empty());
  CHECK(scene.reader().problem().find("pipe: not a regular file") != std::string::npos);
  // Steps above the root lead nowhere else.
  LogScene made(R"("mode": "file")", "../../../../../../../../proc/self/status");
  CHECK(made.read().empty());
  CHECK(made.reader().problem().find("made by the kernel") != std::string::npos);
}

TEST_CASE("Only files below the roots are read with links resolved", "[examples]") {
  LogScene scene(kGlob, "*.log");
  std::filesystem::create_directories(scene.dir.file("inside"));
  scene.roots = agent::AllowedDirectories({std::filesystem::canonical(scene.dir.file("inside")).string()});
  scene.start();
  scene.append("inside/x", "in\n");
  scene.append("out", "out\n");
  std::filesystem::create_symlink(scene.dir.file("inside/x"), scene.dir.file("x.log"));
  std::filesystem::create_symlink(scene.dir.file("out"), scene.dir.file("y.log"));
  CHECK(scene.read() == Lines{"in"});
  CHECK(scene.reader().problem().find("y.log") != std::string::npos);
}

TEST_CASE("What the program writes itself is not read and named", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("out.log", "1\n");
  FileFacts facts;
  REQUIRE(look_at(scene.dir.file("out.log"), facts));
  scene.own->add_file(facts.key, "the output of senders[0]");
  std::filesystem::create_hard_link(scene.dir.file("out.log"), scene.dir.file("link.log"));
  CHECK(scene.read().empty());
  CHECK(scene.reader().problem().find("it is the output of senders[0]") != std::string::npos);
}

TEST_CASE("A file that the program begins to write is not read on", "[examples]") {
  LogScene scene(kGlob, "*.log");
  scene.append("out-20.log", "1\n");
  CHECK(scene.read() == Lines{"1"});
  const std::uint64_t number = scene.own->add_paths(scene.dir.file("out-*.log"), "the output of senders[0]");
  scene.append("out-20.log", "2\n");
  scene.append("out-21.log", "3\n");
  std::filesystem::create_hard_link(scene.dir.file("out-20.log"), scene.dir.file("link.log"));
  CHECK(scene.read().empty());
  CHECK(scene.reader().problem().find("it is the output of senders[0]") != std::string::npos);
  scene.own->remove_paths(number);
  CHECK(scene.read().size() == 2);
}

TEST_CASE("Entries of files that came and went are forgotten and others stay", "[examples]") {
  LogScene scene(kGlob, "*.log");
  for (int i = 0; i < 200; ++i) {
    scene.append("x.log", std::to_string(i) + "\n");
    scene.append("stays.log", "s\n");
    scene.read();
    scene.remove("x.log");
    scene.discover();
    scene.now += 6s;
  }
  scene.discover();
  CHECK(scene.checkpoint().positions().size() == 1);
  scene.now += 24h;
  scene.discover();
  CHECK(scene.checkpoint().positions().size() == 1);
}

TEST_CASE("An empty file and blank lines move the checkpoint", "[examples]") {
  LogScene scene;
  scene.append("a.log", "");
  CHECK(scene.read().empty());
  scene.append("a.log", "\n\n");
  CHECK(scene.read() == Lines{"", ""});
  CHECK(scene.checkpoint().positions().begin()->second.offset == 2);
}

TEST_CASE("A record of several lines that is open at a restart comes once and whole", "[examples]") {
  LogScene scene(R"("mode": "file", "head_pattern": "^\\S")");
  scene.append("a.log", "one\n  1\ntwo\n");
  CHECK(scene.read() == Lines{"one\n  1"});
  scene.append("a.log", "  2\n");
  CHECK(scene.read().empty());
  scene.start();
  CHECK(scene.read().empty());
  scene.append("a.log", "  3\nthree\n");
  CHECK(scene.read() == Lines{"two\n  2\n  3"});
  scene.now += 11s;
  CHECK(scene.read() == Lines{"three"});
}
