#include "examples/logkit-agent/send/csv_sender.hpp"

#include <agent/error.hpp>
#include <agent/json_value.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "examples/logkit-agent/send/csv_cell.hpp"
#include "examples/logkit-agent/send/write_rights.hpp"
#include "made_batch.hpp"
#include "tests/support/temp_dir.hpp"

using namespace logkit;
namespace fs = std::filesystem;

namespace {

struct Scene {
  std::unique_ptr<RecordSender> make(const std::string& more = "") const {
    const auto document = agent::json::Document::parse(
        R"({"sender_type": "csv", "csv_fields": "a, b", "csv_path_prefix": ")" + path + "\"" + more + "}");
    return make_sender(PartOptions(document.root(), "senders[0]"), {{}, own});
  }
  static SendResult send(RecordSender& sender, const std::vector<test::Row>& rows) {
    const auto batch = test::make_batch(rows);
    const std::vector<std::uint32_t> records = test::all_records(*batch);
    return sender.send({*batch, records});
  }
  std::string text() const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }

  test::TempDir dir;
  std::string path = dir.file("out.csv");
  std::shared_ptr<OwnFiles> own = std::make_shared<OwnFiles>();
};

}  // namespace

TEST_CASE("The csv sender writes a row for each record below the names of its columns", "[examples]") {
  const Scene scene;
  const auto sender = scene.make();
  CHECK(Scene::send(*sender, {{{"b", "1,2"}, {"x", "no"}}, {{"a", "say \"x\"\nmore"}}}).kind ==
        SendResult::Kind::taken);
  CHECK(Scene::send(*sender, {{{"a", "z"}}}).kind == SendResult::Kind::taken);
  CHECK(scene.text() == "a,b\n,\"1,2\"\n\"say \"\"x\"\"\nmore\",\nz,\n");
  const Scene other;
  Scene::send(*other.make(R"(, "csv_delimiter": ";", "csv_head": false)"), {{{"a", "1"}, {"b", "2,3"}}});
  CHECK(other.text() == "1;2,3\n");
}

TEST_CASE("A full file of the csv sender is renamed and no row is split", "[examples]") {
  const Scene scene;
  const auto sender = scene.make(R"(, "csv_rotate_size": 100)");
  for (int i = 0; i < 20; ++i)
    CHECK(Scene::send(*sender, {{{"a", std::string(40, 'x')}, {"b", std::to_string(i)}}}).kind ==
          SendResult::Kind::taken);
  std::set<std::string> rows;
  int files = 0;
  for (const auto& entry : fs::directory_iterator(scene.dir.path())) {
    ++files;
    CHECK(entry.file_size() <= 100);
    FileFacts facts;
    REQUIRE(look_at(entry.path().string(), facts));
    CHECK_FALSE(scene.own->what_is(fs::canonical(entry.path()).string(), facts.key).empty());
    std::ifstream file(entry.path());
    std::string line;
    std::getline(file, line);
    CHECK(line == "a,b");
    while (std::getline(file, line)) rows.insert(line);
  }
  CHECK(files == 10);
  CHECK(rows.size() == 20);
}

TEST_CASE("A torn row is cut off in a file of the csv sender and stays in any other", "[examples]") {
  const Scene scene;
  scene.write("a,b\n1,\"x\ny\"\n2,\"half\nof it\n");
  Scene::send(*scene.make(), {{{"a", "3"}}});
  CHECK(scene.text() == "a,b\n1,\"x\ny\"\n3,\n");
  scene.write("a,");
  Scene::send(*scene.make(), {{{"a", "4"}}});
  CHECK(scene.text() == "a,b\n4,\n");
  scene.write("somebody's text");
  Scene::send(*scene.make(), {{{"a", "5"}}});
  CHECK(scene.text() == "somebody's text\n5,\n");
}

TEST_CASE("The csv sender tells what it cannot write and what it cannot do", "[examples]") {
  const Scene scene;
  fs::create_directories(scene.path);
  const auto sender = scene.make();
  const SendResult result = Scene::send(*sender, {{{"a", "1"}}});
  CHECK(result.kind == SendResult::Kind::again);
  CHECK(result.reason.find("out.csv") != std::string::npos);
  fs::remove(scene.path);
  CHECK(Scene::send(*sender, {{{"a", "1"}}}).kind == SendResult::Kind::taken);
  for (const char* more :
       {R"(, "csv_delimiter": "\"")", R"(, "max_send_rate": 100)", R"(, "csv_rotate_size": 0)"})
    CHECK_THROWS_AS(scene.make(more), agent::Error);
}

TEST_CASE("Rows end at line ends that are in no quotes", "[examples]") {
  CsvRows rows;
  for (const char* piece : {"a,b\n1,\"x\n", "\"\"\n\"\n", "2"}) rows.add(piece);
  CHECK(rows.size() == 15);
  CHECK(rows.whole() == 14);
}
