// Runners as they run, with files around them.
#include <poll.h>
#include <sys/resource.h>

#include <agent/json.hpp>
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "examples/logkit-agent/run/collector.hpp"
#include "examples/logkit-agent/send/gzip.hpp"
#include "runner_scene.hpp"
#include "tests/support/patience.hpp"

using namespace logkit;
using Scene = test::RunnerScene;
using test::lines_of;

TEST_CASE("A runner delivers every line once over several starts", "[examples]") {
  const Scene scene;
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 100; ++i) scene.append("a.log", std::to_string(100 * round + i) + "\n");
    const RunnerStatus status = scene.run_once(scene.config());
    const std::uint64_t all = 100 * (static_cast<std::uint64_t>(round) + 1);
    CHECK(status.read_count == all);
    CHECK(status.reader.success == all);
    CHECK(status.parser.success == all);
    CHECK(status.senders.at("file-0").success == all);
    CHECK(status.read_size == std::filesystem::file_size(scene.dir.file("a.log")));
  }
  const std::vector<std::string> lines = lines_of(scene.out);
  CHECK(lines.size() == 400);
  CHECK(std::set(lines.begin(), lines.end()).size() == 400);
  CHECK(lines.front() == R"({"raw":"0"})");
}

TEST_CASE("A line that fails to parse becomes a stash record or none", "[examples]") {
  const Scene scene;
  scene.append("a.log", "{\"a\":1}\nbad \"line\"\n\n   \n{\"b\":2}");
  const RunnerStatus status = scene.run_once(scene.config(R"({"type": "json", "labels": "host h1"})"));
  CHECK(lines_of(scene.out) == std::vector<std::string>{R"({"a":1,"host":"h1"})",
                                                        R"({"pandora_stash":"bad \"line\"","host":"h1"})",
                                                        R"({"b":2,"host":"h1"})"});
  CHECK(status.read_count == 3);
  CHECK(status.read_size == 31);
  CHECK(status.parser.errors == 1);
  CHECK(status.senders.at("file-0").success == 3);
  const Scene other;
  other.append("a.log", "bad\n");
  other.run_once(other.config(R"({"type": "json", "disable_record_errdata": true})"));
  CHECK(lines_of(other.out).empty());
}

TEST_CASE("The columns of a csv file without a schema have the names of its own first line", "[examples]") {
  const Scene scene;
  const std::string config = scene.config(R"({"type": "csv", "csv_splitter": ","})", R"(, "batch_len": 1)");
  scene.append("a.log",
               "\xEF\xBB\xBF"
               "n,name\n1,one\n");
  scene.append("b.log", "other\nx\n");
  RunnerStatus status = scene.run_once(config);
  CHECK(status.parser.errors == 0);
  CHECK(status.read_count == 2);
  // From the middle of both files, and of one that was written anew.
  scene.append("a.log", "2,two\n");
  scene.append("b.log", "y\n");
  scene.append("c.log", "a\n");
  scene.run_once(config);
  std::ofstream(scene.dir.file("c.log")) << "c,d\n3,4\n";
  scene.append("d.log.gz", gzip("z\nlast\n"));
  std::string all = config;
  all.replace(all.find("*.log"), 5, "*.log*");
  scene.run_once(all);
  std::vector<std::string> lines = lines_of(scene.out);
  std::sort(lines.begin(), lines.end());
  CHECK(lines == std::vector<std::string>{R"({"c":"3","d":"4"})", R"({"n":"1","name":"one"})",
                                          R"({"n":"2","name":"two"})", R"({"other":"x"})", R"({"other":"y"})",
                                          R"({"z":"last"})"});
  RunnerConfig stream = parse_runner(
      R"({"name": "s", "reader": {"mode": "stdin"}, "parser": {"type": "csv"},
          "senders": [{"sender_type": "discard"}]})");
  CHECK_THROWS_WITH(check_runner(stream), Catch::Contains("csv_schema is missing: only files have"));
}

TEST_CASE("Every record has the path and the position of its own file", "[examples]") {
  const Scene scene;
  for (const std::string name : {"a.log", "b.log", "c.log"}) scene.append(name, name + "\nx\ny\n");
  std::string config = scene.config();
  config.replace(config.find("\"mode\""), 0, R"("datasource_tag": "from", "position_tag": "at", )");
  scene.run_once(config);
  std::set<std::string> positions;
  std::map<std::string, std::vector<std::string>> lines;
  for (const std::string& line : lines_of(scene.out)) {
    const auto record = agent::json::Document::parse(line);
    lines[std::string(record.root().find("from").as_string())].emplace_back(
        record.root().find("raw").as_string());
    positions.insert(std::string(record.root().find("at").as_string()));
  }
  for (const std::string name : {"a.log", "b.log", "c.log"})
    CHECK(lines[scene.dir.file(name)] == std::vector<std::string>{name, "x", "y"});
  CHECK(positions.size() == 9);
}

TEST_CASE("A sender that cannot write holds everything back and nothing is lost", "[examples]") {
  const Scene scene;
  scene.append("a.log", "1\n2\n");
  std::filesystem::create_directories(scene.out);
  RunnerConfig config = parse_runner(scene.config());
  Runner runner(std::move(config), scene.surroundings(false));
  test::wait_until("the error is in the status",
                   [&] { return runner.status().error.find("records") != std::string::npos; });
  CHECK(runner.status().senders.at("file-0").success == 0);
  std::filesystem::remove(scene.out);
  test::wait_until("both lines are there", [&] { return lines_of(scene.out).size() == 2; });
}

TEST_CASE("A status has the errors of all stages once with how often they came", "[examples]") {
  const Scene scene;
  scene.append("a.log", "{\"a\":\"x\"}\nbad\n{\"a\":\"y\"}\nworse\n");
  std::filesystem::create_directories(scene.out);  // which cannot be written to
  std::filesystem::create_symlink("/dev/null", scene.dir.file("b.log"));
  Runner runner(parse_runner(scene.config(R"({"type": "json", "disable_record_errdata": true})",
                                          R"(, "transforms": [{"type": "convert", "dsl": "a long"}])")),
                scene.surroundings(false));
  test::wait_until("the sender has failed", [&] { return !runner.status().history.send.empty(); });
  const HistoryErrors errors = runner.status().history;
  REQUIRE(errors.read.size() == 1);
  CHECK_THAT(errors.read[0].error, Catch::Contains("b.log"));
  REQUIRE(errors.parse.size() == 1);
  CHECK(errors.parse[0].count == 2);
  CHECK(errors.parse[0].timestamp > 1'700'000'000'000'000'000);
  REQUIRE(errors.transform.size() == 1);
  CHECK(errors.transform[0].error == "convert-0: the field a has another form");
  CHECK(errors.transform[0].count >= 2);
  REQUIRE(errors.send.size() == 1);
  CHECK_THAT(errors.send[0].error, Catch::StartsWith("file-0: "));
}

TEST_CASE("What a sender's queue has is delivered when the queue is switched off", "[examples]") {
  const Scene scene;
  std::string queued = scene.config();
  queued.insert(queued.find("\"file_send_path\""), R"("ft_strategy": "always_save", )");
  std::filesystem::create_directories(scene.out);  // which cannot be written to
  scene.append("a.log", "1\n2\n");
  {
    Runner runner(parse_runner(queued), scene.surroundings(false));
    test::wait_until("the queue has the lines", [&] {
      const RunnerStatus status = runner.status();
      return status.read_count == 2 && status.lag.ftlags == 0 && status.senders.at("file-0").queue_bytes > 0;
    });
    test::wait_until("the sender behind the queue has failed",
                     [&] { return !runner.status().history.send.empty(); });
    CHECK_THAT(runner.status().history.send[0].error, Catch::StartsWith("file-0: "));
  }
  std::filesystem::remove(scene.out);
  scene.append("a.log", "3\n");
  const RunnerStatus status = scene.run_once(scene.config());
  CHECK(lines_of(scene.out) ==
        std::vector<std::string>{R"({"raw":"1"})", R"({"raw":"2"})", R"({"raw":"3"})"});
  CHECK(status.senders.at("file-0").success == 3);
  CHECK_FALSE(std::filesystem::exists(scene.dir.file("state/a/queue-0")));
}

TEST_CASE("Bytes that are no text become records that are JSON", "[examples]") {
  const Scene scene;
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i == '\n' ? ' ' : i);
  scene.append("a.log", bytes + "\n" + std::string("\0\0", 2) + "\nlast");
  const RunnerStatus status = scene.run_once(scene.config());
  const std::vector<std::string> lines = lines_of(scene.out);
  REQUIRE(lines.size() == 3);
  for (const std::string& line : lines) CHECK_NOTHROW(agent::json::Document::parse(line));
  const auto record = agent::json::Document::parse(lines[1]);
  CHECK(record.root().find("raw").as_string() == std::string_view("\0\0", 2));
  CHECK(status.repaired_lines == 1);
}

TEST_CASE("A runner whose sender takes nothing stops and reads on there next time", "[examples]") {
  const Scene scene;
  scene.append("a.log", "1\n2\n");
  std::filesystem::create_directories(scene.out);  // which cannot be written to
  std::uint64_t errors = 0;
  {
    Runner runner(parse_runner(scene.config()), scene.surroundings(false));
    test::wait_until("a batch is on its way", [&] { return runner.status().lag.ftlags > 0; });
    runner.stop();
    runner.wait();
    CHECK(runner.status().senders.at("file-0").success == 0);
    CHECK(runner.status().read_count == 2);
    errors = runner.status().senders.at("file-0").errors;
    CHECK(errors > 0);
  }
  std::filesystem::remove(scene.out);
  const RunnerStatus status = scene.run_once(scene.config());
  CHECK(status.read_count == 4);  // they were read twice
  CHECK(status.senders.at("file-0").success == 2);
  CHECK(status.senders.at("file-0").errors == errors);
  CHECK(lines_of(scene.out) == std::vector<std::string>{R"({"raw":"1"})", R"({"raw":"2"})"});
}

TEST_CASE("The counters of a runner go on after a restart with other stages and begin with its state",
          "[examples]") {
  const Scene scene;
  const auto with = [&](const char* transforms) {
    return scene.config(R"({"type": "json"})", R"(, "transforms": [)" + std::string(transforms) + "]");
  };
  const std::string label = R"({"type": "label", "key": "k", "value": "v"})";
  scene.append("a.log", "{\"a\":1}\nbad\n");
  scene.run_once(with(label.c_str()));
  scene.append("a.log", "{\"a\":2}\n");
  RunnerStatus status = scene.run_once(with((R"({"type": "pick", "key": "a"},)" + label).c_str()));
  CHECK(status.read_count == 3);
  CHECK(status.parser.errors == 1);
  CHECK(status.transforms.at("pick-0").success == 1);
  CHECK(status.transforms.at("label-1").success == 1);
  CHECK(status.transforms.size() == 2);
  CHECK(status.read_speed < 2);  // what was counted before has no speed
  std::filesystem::remove_all(scene.dir.file("state"));
  status = scene.run_once(with(label.c_str()));
  CHECK(status.read_count == 3);
  CHECK(status.senders.at("file-0").success == 3);
  std::ofstream(scene.dir.file("state/a/counters")) << "damaged";
  status = scene.run_once(with(label.c_str()));
  CHECK(status.read_count == 0);
  CHECK_THAT(status.warnings.at(0), Catch::EndsWith("counters is damaged: what it counted begins at zero"));
}

TEST_CASE("A hundred files of a runner have series at most and the others are counted", "[examples]") {
  const Scene scene;
  for (int i = 0; i < 130; ++i) scene.append(std::to_string(1000 + i) + ".log", "1\n");
  const RunnerStatus status = scene.run_once(scene.config());
  CHECK(status.open_files == 130);
  CHECK(status.files.size() == 100);
  CHECK(status.files.contains(scene.dir.file("1000.log")));
  CHECK_FALSE(status.files.contains(scene.dir.file("1100.log")));
  CHECK(status.files_left_out == 30);
}

TEST_CASE("A file and the one that had its path before have one series", "[examples]") {
  const Scene scene;
  scene.append("a.log", "1\n");
  std::filesystem::create_directories(scene.out);  // which cannot be written to: the first file stays open
  const Runner runner(parse_runner(scene.config()), scene.surroundings(false));
  test::wait_until("a batch is on its way", [&] { return runner.status().lag.ftlags > 0; });
  std::filesystem::remove(scene.dir.file("a.log"));
  scene.append("a.log", "1\n2\n");
  test::wait_until("both are followed", [&] { return runner.status().open_files == 2; });
  test::wait_until("their bytes are counted",
                   [&] { return runner.status().files.at(scene.dir.file("a.log")).size == 6; });
  CHECK(runner.status().files.size() == 1);
}

TEST_CASE("An output that the reader's pattern covers is never read", "[examples]") {
  Scene scene;
  scene.out = scene.dir.file("out-%Y.log");
  for (int round = 0; round < 3; ++round) {
    scene.append("a.log", "1\n");
    const RunnerStatus status = scene.run_once(scene.config());
    CHECK(status.read_count - status.before.read_count == 1);
    CHECK(status.error.find(round == 0 ? "" : "not read: it is the output of senders[0]") !=
          std::string::npos);
  }
}

TEST_CASE("A torn line at the end of the output is cut off before more is written", "[examples]") {
  const Scene scene;
  std::filesystem::create_directories(scene.dir.file("out"));
  std::ofstream(scene.out) << "{\"raw\":\"0\"}\n{\"raw\":\"to";
  scene.append("a.log", "1\n");
  scene.run_once(scene.config());
  CHECK(lines_of(scene.out) == std::vector<std::string>{R"({"raw":"0"})", R"({"raw":"1"})"});
}

TEST_CASE("A running runner follows a rotation at once", "[examples]") {
  const Scene scene;
  scene.append("a.log", "1\n");
  Runner runner(parse_runner(scene.config()), scene.surroundings(false));
  const auto count = [&](std::size_t n) {
    test::wait_until(std::to_string(n) + " lines are there", [&] { return lines_of(scene.out).size() == n; });
  };
  count(1);
  for (std::size_t i = 2; i < 20; i += 2) {
    scene.append("a.log", std::to_string(i) + "\n");
    std::filesystem::rename(scene.dir.file("a.log"), scene.dir.file("a." + std::to_string(i)));
    scene.append("a.log", std::to_string(i + 1) + "\n");
    count(i + 1);
  }
}

TEST_CASE("Only files of the directory that end in .conf are runners", "[examples]") {
  const Scene scene;
  const std::string conf = scene.dir.file("conf");
  std::filesystem::create_directories(conf);
  scene.dir.write("conf/x.conf", scene.config());
  scene.dir.write("conf/x.txt", scene.config());
  Collector collector(conf, scene.surroundings(false));
  collector.scan();
  CHECK(collector.statuses().size() == 1);
  SECTION("A change that cannot run leaves the old runner as it was") {
    scene.dir.write("conf/x.conf", "{");
    collector.scan();
    CHECK(collector.failures() == 1);
    CHECK(collector.statuses().at("a").running == "running");
    CHECK_FALSE(collector.statuses().at("a").error.empty());
    scene.append("a.log", "1\n");
    test::wait_until("the old runner works", [&] { return lines_of(scene.out).size() == 1; });
  }
  SECTION("A second runner of the same name is refused") {
    scene.dir.write("conf/y.conf", scene.config());
    collector.scan();
    CHECK(collector.failures() == 1);
  }
  SECTION("A file that goes ends its runner") {
    std::filesystem::remove(conf + "/x.conf");
    collector.scan();
    CHECK(collector.statuses().empty());
  }
  SECTION("A directory that cannot be read changes nothing") {
    std::filesystem::rename(conf, scene.dir.file("elsewhere"));
    scene.dir.write("conf", "");
    collector.scan();
    CHECK(collector.statuses().at("a").running == "running");
    std::filesystem::remove(conf);
    collector.scan();
    CHECK(collector.statuses().empty());
  }
  SECTION("A runner that is stopped does not run") {
    scene.dir.write("conf/x.conf", scene.config("{}", R"(, "is_stopped": true)"));
    collector.scan();
    CHECK(collector.statuses().at("a").running == "stopped");
  }
}

TEST_CASE("Records go to the sender of their route", "[examples]") {
  const Scene scene;
  scene.append("a.log", "{\"a\":\"x\"}\n{\"a\":123}\n{\"b\":1}\n");
  std::string config = scene.config(R"({"type": "json"})",
                                    R"(, "router": {"router_key_name": "a", "router_match_type": "equal",
                                         "router_default_sender": 1, "router_routes": {"x": 0, "123": 0}})");
  const std::string second = R"({"sender_type": "discard"})";
  config.replace(config.find("\"senders\": [") + 12, 0, "");
  config.replace(config.find("}]"), 2, "}, " + second + "]");
  const RunnerStatus status = scene.run_once(config);
  CHECK(lines_of(scene.out) == std::vector<std::string>{R"({"a":"x"})", R"({"a":123})"});
  CHECK(status.senders.at("discard-1").success == 1);
}

namespace {

// How often all threads but this one have waited.
long waits_of_others() {
  rusage all{};
  rusage own{};
  ::getrusage(RUSAGE_SELF, &all);
  ::getrusage(RUSAGE_THREAD, &own);
  return all.ru_nvcsw - own.ru_nvcsw;
}

}  // namespace

TEST_CASE("Lines that are written one by one are read in pauses, not one by one", "[examples]") {
  constexpr int kLines = 500;
  const Scene scene;
  scene.append("a.log", "first\n");
  RunnerConfig config = parse_runner(scene.config());
  check_runner(config);
  Runner runner(std::move(config), scene.surroundings(false));
  test::wait_until("the first line is there", [&] { return lines_of(scene.out).size() == 1; });
  const long before = waits_of_others();
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < kLines; ++i) {
    scene.append("a.log", "line\n");
    ::poll(nullptr, 0, 1);
  }
  const auto pauses = (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(10);
  CHECK(waits_of_others() - before < 5 * pauses + 50);
  test::wait_until("all lines are there", [&] { return lines_of(scene.out).size() == kLines + 1; });
}
