#include "examples/logkit-agent/run/collector.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "runner_scene.hpp"
#include "tests/support/patience.hpp"

using namespace logkit;
using Scene = test::RunnerScene;
using test::lines_of;

namespace {

// A runner of that name over "<name>.log", with its own output.
std::string config_of(const Scene& scene, const std::string& name, const std::string& labels = "") {
  return R"({"name": ")" + name + R"(", "reader": {"mode": "file", "log_path": ")" +
         scene.dir.file(name + ".log") + R"("}, "batch_interval": "10ms", "colour": "red",
      "parser": {"type": "raw", "timestamp": false, "labels": ")" +
         labels + R"("}, "senders": [{"sender_type": "file", "file_send_path": ")" +
         scene.dir.file("out/" + name) + "\"}]}";
}

}  // namespace

TEST_CASE("A change restarts its runner and touches no other", "[examples]") {
  const Scene scene;
  std::filesystem::create_directories(scene.dir.file("conf"));
  for (const char* name : {"a", "b"}) {
    scene.dir.write("conf/" + std::string(name) + ".conf", config_of(scene, name));
    scene.append(std::string(name) + ".log", "1\n");
  }
  Collector collector(scene.dir.file("conf"), scene.surroundings(false));
  collector.scan();
  const auto wait_for = [&](const char* name, std::size_t count) {
    test::wait_until("the lines of " + std::string(name) + " are there",
                     [&] { return lines_of(scene.dir.file("out/" + std::string(name))).size() == count; });
  };
  wait_for("a", 1);
  wait_for("b", 1);
  CHECK(collector.statuses().at("a").warnings.at(0) == "colour is unknown");
  scene.dir.write("conf/a.conf", config_of(scene, "a", "new yes"));
  collector.scan();
  scene.append("a.log", "2\n");
  scene.append("b.log", "2\n");
  wait_for("a", 2);
  wait_for("b", 2);
  CHECK(lines_of(scene.dir.file("out/a")).back() == R"({"raw":"2","new":"yes"})");
  // Counters go on beyond a restart.
  test::wait_until("they are counted", [&] { return collector.statuses().at("a").read_count == 2; });
  CHECK(collector.statuses().at("a").before.read_count == 1);
  CHECK(collector.statuses().at("b").before.read_count == 0);
  test::wait_until("they are counted", [&] { return collector.statuses().at("b").read_count == 2; });
}

TEST_CASE("Ten thousand runners are refused beyond the limit and the first ones stay", "[examples]") {
  const Scene scene;
  std::filesystem::create_directories(scene.dir.file("conf"));
  constexpr std::size_t kFiles = 10'000;
  for (std::size_t i = 0; i < kFiles; ++i)
    scene.dir.write("conf/" + std::to_string(i) + ".conf",
                    R"({"is_stopped": true, "reader": {"mode": "file", "log_path": "/a"},
                        "senders": [{"sender_type": "discard"}]})");
  Collector collector(scene.dir.file("conf"), scene.surroundings(false));
  collector.scan();
  CHECK(collector.failures() == kFiles - Collector::kMaxRunners);
  CHECK(collector.statuses().size() == kFiles);
  CHECK(collector.statuses().at("9999").error.find("1000 runners already") != std::string::npos);
}

TEST_CASE("The series of a runner are what its status says", "[examples]") {
  const Scene scene;
  scene.append("a.log", "{\"n\": 1}\nno json\n");
  std::filesystem::create_directories(scene.dir.file("conf"));
  scene.dir.write("conf/a.conf", scene.config(R"({"type": "json"})"));
  Collector collector(scene.dir.file("conf"), scene.surroundings(false));
  collector.scan();
  test::wait_until("the lines are delivered",
                   [&] { return collector.statuses().at("a").senders["file-0"].success == 2; });
  const auto text_of_series = [&] {
    agent::metrics::Exposition out;
    collector.expose(out);
    return out.take();
  };
  const std::string labels = "{runner=\"a\",path=\"" + scene.dir.file("a.log") + "\"} ";
  test::wait_until("the file was read", [&] {
    return text_of_series().find("logkit_file_lag_bytes" + labels + "0\n") != std::string::npos;
  });
  const std::string text = text_of_series();
  CHECK_THAT(text, Catch::Contains("logkit_file_size_bytes" + labels + "17\n"));
  for (const char* line :
       {"logkit_read_bytes_total{runner=\"a\"} 17\n", "logkit_read_lines_total{runner=\"a\"} 2\n",
        "logkit_parse_errors_total{runner=\"a\"} 1\n", "logkit_lag_bytes{runner=\"a\"} 0\n",
        "logkit_open_files{runner=\"a\"} 1\n", "logkit_files_without_series{runner=\"a\"} 0\n",
        "logkit_lost_bytes_total{runner=\"a\"} 0\n",
        "logkit_sent_records_total{runner=\"a\",sender=\"file-0\"} 2\n"})
    CHECK_THAT(text, Catch::Contains(line));
}
