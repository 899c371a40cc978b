#include "examples/logkit-agent/send/file_sender.hpp"

#include <agent/error.hpp>
#include <agent/json_value.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>

#include "examples/logkit-agent/send/write_rights.hpp"
#include "made_batch.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temp_dir.hpp"

using namespace logkit;
namespace fs = std::filesystem;

namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Scene {
  std::unique_ptr<RecordSender> make(const std::string& path, const std::string& more = "") {
    const auto document = agent::json::Document::parse(R"({"sender_type": "file", "file_send_path": ")" +
                                                       dir.file(path) + "\"" + more + "}");
    return make_file_sender(PartOptions(document.root(), "senders[0]"), {roots, own}, [this] { return now; });
  }
  static SendResult send(RecordSender& sender, const std::string& text) {
    const auto batch = test::make_batch({{{"a", text}}});
    const std::vector<std::uint32_t> records = test::all_records(*batch);
    return sender.send({*batch, records});
  }
  // Files below the directory that this program has open.
  std::size_t open_files() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
      std::error_code ignored;
      if (fs::read_symlink(entry, ignored).string().starts_with(dir.path() + "/")) ++count;
    }
    return count;
  }

  test::TempDir dir;
  std::shared_ptr<OwnFiles> own = std::make_shared<OwnFiles>();
  std::time_t now = 1'700'000'000;
  agent::AllowedDirectories roots;
};

// When it is made, or when it writes.
bool is_refused(const std::function<SendResult()>& send) {
  try {
    return send().kind != SendResult::Kind::taken;
  } catch (const agent::Error&) {
    return true;
  }
}

}  // namespace

TEST_CASE("The file sender writes to the file of the time and keeps only so many open", "[examples]") {
  Scene scene;
  const auto sender = scene.make("out/%Y/%j-%H%M%S", R"(, "file_send_max_open_files": 2)");
  const std::time_t begin = scene.now;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5; ++i) {
      scene.now = begin + i;
      CHECK(Scene::send(*sender, std::to_string(i)).kind == SendResult::Kind::taken);
      CHECK(scene.open_files() == std::min<std::size_t>(2, static_cast<std::size_t>(5 * round + i + 1)));
    }
  }
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(scene.dir.file("out"))) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const std::string text = read(entry.path());
    CHECK(text.size() == 2 * std::string("{\"a\":\"0\"}\n").size());
    CHECK(text.substr(0, text.size() / 2) == text.substr(text.size() / 2));
    FileFacts facts;
    REQUIRE(look_at(entry.path().string(), facts));
    CHECK_FALSE(scene.own->what_is(fs::canonical(entry.path()).string(), facts.key).empty());
  }
  CHECK(files == 5);
}

TEST_CASE("A full disk is an error of the file sender and leaves whole lines only", "[examples]") {
  Scene scene;
  const test::SmallDisk disk(scene.dir.file("disk"));
  if (!disk.is_mounted()) return;
  const auto sender = scene.make("disk/out");
  const std::string text(10'000, 'x');
  std::size_t taken = 0;
  SendResult result;
  while (taken < 1000 && (result = Scene::send(*sender, text)).kind == SendResult::Kind::taken) ++taken;
  CHECK(result.kind == SendResult::Kind::again);
  CHECK(result.reason.find("No space left on device") != std::string::npos);
  const std::string line = "{\"a\":\"" + text + "\"}\n";
  CHECK(fs::file_size(scene.dir.file("disk/out")) == taken * line.size());
  fs::resize_file(scene.dir.file("disk/out"), 0);
  CHECK(Scene::send(*sender, "more").kind == SendResult::Kind::taken);
  CHECK(read(scene.dir.file("disk/out")) == "{\"a\":\"more\"}\n");
}

TEST_CASE("The file sender writes the original's arrays when it is told to", "[examples]") {
  Scene scene;
  const auto sender = scene.make("out", R"(, "file_format": "array")");
  const auto batch = test::make_batch({{{"a", "1"}}, {{"b", "2"}}});
  const std::vector<std::uint32_t> records = test::all_records(*batch);
  CHECK(sender->send({*batch, records}).kind == SendResult::Kind::taken);
  CHECK(sender->send({*batch, records}).kind == SendResult::Kind::taken);
  const std::string line = "[{\"a\":\"1\"},{\"b\":\"2\"}]\n";
  CHECK(read(scene.dir.file("out")) == line + line);
}

TEST_CASE("The file sender writes below the roots only with links resolved", "[examples]") {
  Scene scene;
  for (const char* name : {"inside", "other"}) fs::create_directories(scene.dir.file(name));
  scene.roots = agent::AllowedDirectories({fs::canonical(scene.dir.file("inside")).string()});
  CHECK(Scene::send(*scene.make("inside/out"), "1").kind == SendResult::Kind::taken);
  fs::create_directory_symlink(scene.dir.file("other"), scene.dir.file("inside/link"));
  for (const char* path : {"other/out", "inside/link/out", "inside/../other/out"}) {
    CAPTURE(path);
    CHECK(is_refused([&] { return Scene::send(*scene.make(path), "1"); }));
  }
  CHECK(fs::is_empty(scene.dir.file("other")));
}
