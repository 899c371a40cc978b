#include "examples/logkit-agent/read/line_spool.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.hpp"

using namespace logkit;

namespace {

struct Scene {
  std::unique_ptr<LineSpool> open() {
    return std::make_unique<LineSpool>(LineSpool::Options{dir.file("lines"), agent::Bytes{1 << 20}},
                                       [this] { ++calls; });
  }
  static std::vector<std::string> read(LineSpool& spool) {
    std::vector<std::string> texts;
    for (const SpooledLine& line : spool.read(1 << 20)) texts.emplace_back(line.text);
    return texts;
  }

  test::TempDir dir;
  int calls = 0;
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Lines pass a spool with their source and what was cut off", "[examples]") {
  Scene scene;
  const auto spool = scene.open();
  spool->add("127.0.0.1:1", {"one\ntwo", 0});
  spool->add("", {"", 7});
  CHECK(spool->read(1 << 20).empty());
  CHECK(spool->flush());
  CHECK(scene.calls == 1);
  const std::vector<SpooledLine>& lines = spool->read(1 << 20);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].source == "127.0.0.1:1");
  CHECK(lines[0].text == "one\ntwo");
  CHECK(lines[0].cut == 0);
  CHECK(lines[1].source.empty());
  CHECK(lines[1].text.empty());
  CHECK(lines[1].cut == 7);
  CHECK(spool->is_read());
}

TEST_CASE("Lines stay in a spool over restarts until they were delivered", "[examples]") {
  Scene scene;
  std::uint64_t first = 0;
  {
    const auto spool = scene.open();
    for (const char* text : {"1", "2", "3"}) spool->add("", {text, 0});
    spool->flush();
    first = spool->read(1 << 20).front().number;
  }
  {
    const auto spool = scene.open();
    CHECK(Scene::read(*spool) == Texts{"1", "2", "3"});
    spool->release(first);
    CHECK(spool->bytes() > 0);
  }
  {
    const auto spool = scene.open();
    CHECK(Scene::read(*spool) == Texts{"2", "3"});
    spool->release(first + 2);
    CHECK(spool->bytes() == 0);
  }
  CHECK(Scene::read(*scene.open()).empty());
}

TEST_CASE("A spool has no room beyond its size until lines were delivered", "[examples]") {
  Scene scene;
  const auto spool = scene.open();
  int calls = 0;
  spool->set_on_room([&] { ++calls; });
  const std::string text(10'000, 't');
  int count = 0;
  for (; spool->has_room(); ++count) {
    spool->add("", {text, 0});
    spool->flush();
  }
  CHECK(count > 90);
  CHECK(count < 120);
  for (std::size_t left = static_cast<std::size_t>(count); left > 0;) {
    const std::vector<SpooledLine>& lines = spool->read(1 << 20);
    REQUIRE_FALSE(lines.empty());
    left -= lines.size();
    spool->release(lines.back().number);
  }
  CHECK(spool->has_room());
  CHECK(calls > 0);
  CHECK(spool->lost_lines() == 0);
}

TEST_CASE("A damaged line of a spool is passed over and counted", "[examples]") {
  Scene scene;
  {
    const auto spool = scene.open();
    for (const char* text : {"first", "second", "third"}) spool->add("", {text, 0});
    spool->flush();
  }
  for (const auto& entry : std::filesystem::directory_iterator(scene.dir.file("lines"))) {
    std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    const std::size_t at = bytes.find("second");
    if (at == std::string::npos) continue;
    file.clear();
    file.seekp(static_cast<std::streamoff>(at));
    file << "S";
  }
  const auto spool = scene.open();
  Texts texts = Scene::read(*spool);
  for (const std::string& text : Scene::read(*spool)) texts.push_back(text);
  CHECK(texts == Texts{"first", "third"});
  CHECK(spool->lost_lines() == 1);
}

TEST_CASE("A spool whose disk takes nothing keeps what was added and has no room", "[examples]") {
  Scene scene;
  const auto spool = scene.open();
  std::filesystem::remove_all(scene.dir.file("lines"));
  spool->add("", {"kept", 0});
  CHECK_FALSE(spool->flush());
  CHECK_FALSE(spool->has_room());
  CHECK(spool->problem().find("lines cannot be kept") != std::string::npos);
  std::filesystem::create_directories(scene.dir.file("lines"));
  CHECK(spool->flush());
  CHECK(spool->has_room());
  CHECK(Scene::read(*spool) == Texts{"kept"});
  spool->add("", {"given up", 0});
  spool->give_up();
  CHECK(spool->lost_lines() == 1);
}
