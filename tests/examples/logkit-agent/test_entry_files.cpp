#include "examples/logkit-agent/read/entry_files.hpp"

#include <catch2/catch.hpp>

#include "examples/logkit-agent/run/claims.hpp"
#include "log_scene.hpp"

using namespace logkit;

namespace {

EntryFile only_file(test::LogScene& scene) {
  const std::vector<EntryFile> files = find_entry_files(scene.checkpoint().positions());
  REQUIRE(files.size() == 1);
  return files.front();
}

}  // namespace

TEST_CASE("The file of an entry is finished once all of it was delivered", "[examples]") {
  test::LogScene scene;
  scene.append("a.log", "");
  scene.discover();
  CHECK_FALSE(only_file(scene).is_finished);
  scene.append("a.log", "1\n2\n");
  scene.read(false);
  CHECK_FALSE(only_file(scene).is_finished);
  scene.start();
  scene.read();
  EntryFile file = only_file(scene);
  CHECK(file.is_finished);
  CHECK(file.path == scene.dir.file("a.log"));
  CHECK(file.size == 4);
  scene.append("a.log", "3");
  CHECK_FALSE(only_file(scene).is_finished);
  scene.append("a.log", "\n");
  scene.read();
  scene.rename("a.log", "a.log.1");
  file = only_file(scene);
  CHECK(file.is_finished);
  CHECK(file.path == scene.dir.file("a.log.1"));
  // The same size and beginning, but other bytes where it was read.
  std::ofstream(scene.dir.file("a.log.1"), std::ios::in | std::ios::out) << "1\n2\n4\n";
  CHECK_FALSE(only_file(scene).is_finished);
  scene.remove("a.log.1");
  CHECK(only_file(scene).path.empty());
}

TEST_CASE("A claim is for what was not delivered and for what is not known", "[examples]") {
  const test::LogScene scene;
  scene.append("a.log", "1\n");
  FileFacts facts;
  REQUIRE(look_at(scene.dir.file("a.log"), facts));
  const EntryFile file{scene.dir.file("a.log"), facts.key, facts.size, facts.modified_ns, true};
  FileSource source;
  source.mode = ReadMode::file;
  source.log_path = scene.dir.file("a.log");
  const auto is_needed = [&](const std::vector<EntryFile>& entries) {
    return Claim(source, entries).needs(file);
  };
  CHECK(is_needed({}));
  CHECK_FALSE(is_needed({file}));
  EntryFile other = file;
  other.is_finished = false;
  CHECK(is_needed({other}));
  CHECK(is_needed({file, other}));
  other = file;
  ++other.size;
  CHECK(is_needed({other}));
  other = file;
  ++other.key.device;  // of another disk
  CHECK(is_needed({other}));
  source.log_path = scene.dir.file("b.log");
  CHECK_FALSE(is_needed({}));
  CHECK_FALSE(is_needed({other}));
  other.path.clear();  // which cannot be found, and may be this one
  other.key.device = 0;
  other.is_finished = false;
  CHECK(is_needed({other}));
  CHECK(Claim(source).needs(file));  // its directory
  source.log_path = "/no/such/b.log";
  CHECK_FALSE(Claim(source).needs(file));
  CHECK(Claim::of_all().needs(file));
}
