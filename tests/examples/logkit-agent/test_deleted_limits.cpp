#include "examples/logkit-agent/read/deleted_limits.hpp"

#include <catch2/catch.hpp>

#include "numbered_lines.hpp"

using namespace logkit;
using namespace std::chrono_literals;
using Beyond = std::vector<bool>;
using Lines = std::vector<std::string>;

TEST_CASE("The oldest deleted files are beyond the limits until the others are not", "[examples]") {
  const std::vector<DeletedFile> files{{2s, 10}, {30s, 100}, {1s, 1000}, {4s, 10}};
  CHECK(find_beyond(files, {}) == Beyond{false, false, false, false});
  CHECK(find_beyond(files, {.files = 3}) == Beyond{false, true, false, false});
  CHECK(find_beyond(files, {.files = 1}) == Beyond{true, true, false, true});
  CHECK(find_beyond(files, {.bytes = 1015}) == Beyond{false, true, false, true});
  CHECK(find_beyond(files, {.bytes = 999}) == Beyond{true, true, true, true});
  CHECK(find_beyond(files, {.time = 3s}) == Beyond{false, true, false, true});
  CHECK(find_beyond({}, {.files = 1}).empty());
}

TEST_CASE("Deleted files that nobody reads are given up beyond the limits and counted", "[examples]") {
  for (const char* limit :
       {R"("deleted_max_files": 2)", R"("deleted_max_bytes": 12)", R"("deleted_max_time": "13s")"}) {
    CAPTURE(limit);
    test::LogScene scene(std::string(R"("mode": "file", )") + limit);
    for (const char* text : {"one\n", "two\n", "three\n", "alive\n"}) {
      scene.append("a.log", text);
      scene.discover();
      if (text != std::string("alive\n")) scene.remove("a.log");
      scene.discover();
      scene.now += 4s;
    }
    scene.discover();
    CHECK(scene.reader().counts().given_up_files == 1);
    CHECK(scene.reader().counts().given_up_bytes == 4);
    CHECK(scene.read() == Lines{"two", "three", "alive"});
    CHECK(scene.reader().counts().given_up_files == 1);
    scene.start();
    CHECK(scene.read().empty());
  }
}

TEST_CASE("A renamed file is not given up as deleted ones are", "[examples]") {
  test::LogScene scene(R"("mode": "file", "deleted_max_time": "1s")");
  scene.append("a.log", "1\n");
  scene.discover();
  scene.rename("a.log", "a.log.1");
  scene.append("a.log", "2\n");
  scene.discover();
  scene.now += 1h;
  CHECK(scene.read() == Lines{"1", "2"});
  CHECK(scene.reader().counts().given_up_files == 0);
}
