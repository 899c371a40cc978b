// What a whole runner makes of lines: records of every form, and none too many or too few.
#include <agent/json.hpp>
#include <algorithm>
#include <catch2/catch.hpp>
#include <ctime>
#include <filesystem>

#include "log_receiver.hpp"
#include "runner_scene.hpp"
#include "tests/support/patience.hpp"

using namespace logkit;
using Scene = test::RunnerScene;
using test::lines_of;
using Lines = std::vector<std::string>;

namespace {

// The configuration with more options of the reader.
std::string with_reader(const Scene& scene, const std::string& options,
                        const std::string& parser = R"({"type": "raw", "timestamp": false})") {
  std::string config = scene.config(parser);
  return config.insert(config.find("\"mode\""), options + ", ");
}

std::string text_of(const std::string& line, const char* field) {
  const auto record = agent::json::Document::parse(line);
  return std::string(record.root().find(field).as_string());
}

// The same characters in UTF-16, behind a byte order mark.
std::string utf16(std::u16string_view text) {
  std::string bytes = "\xFF\xFE";
  for (const char16_t c : text) {
    bytes += static_cast<char>(c & 0xFF);
    bytes += static_cast<char>(c >> 8);
  }
  return bytes;
}

}  // namespace

TEST_CASE("A blank line among raw ones is no record and the others have their labels", "[examples]") {
  const Scene scene;
  scene.append("a.log", "1\n2\n\n3\n4\n");
  const RunnerStatus status =
      scene.run_once(scene.config(R"({"type": "raw", "timestamp": false, "labels": "host h"})"));
  CHECK(status.read_count == 4);
  Lines expected;
  for (const char* text : {"1", "2", "3", "4"})
    expected.push_back(R"({"raw":")" + std::string(text) + R"(","host":"h"})");
  CHECK(lines_of(scene.out) == expected);
  const Scene kept;
  kept.append("a.log", "{\"a\": 1}\n");
  kept.run_once(kept.config(R"({"type": "json", "keep_raw_data": true})"));
  CHECK(lines_of(kept.out) == Lines{R"({"a":1,"raw_data":"{\"a\": 1}"})"});
}

TEST_CASE("Rows of csv that fail are kept as they are or dropped and blanks are no row", "[examples]") {
  for (const bool is_dropped : {false, true}) {
    const Scene scene;
    scene.append("a.log",
                 "123 fufu 3.14 {\"x\":1,\"y\":\"2\"} 2017-04-05T18:30:00Z\n"
                 "cc jj uu {\"x\":1} 2017-04-05T18:30:00Z\n"
                 "4 b 5 {\"x\":1} 2017-04-05T18:30:00Z\n"
                 "   \n"
                 "6 c 7  2017-04-05T18:30:00Z\n"
                 "8 d 9 {\"x\":1} never\n");
    const RunnerStatus status =
        scene.run_once(scene.config(R"({"type": "csv", "csv_splitter": " ", "disable_record_errdata": )" +
                                    std::string(is_dropped ? "true" : "false") +
                                    R"(, "csv_schema": "a long, b string, c float, d jsonmap, e date"})"));
    CHECK(status.parser.success == 3);
    CHECK(status.parser.errors == 2);
    const Lines lines = lines_of(scene.out);
    CHECK(lines.size() == (is_dropped ? 3 : 5));
    CHECK(lines.front() == R"({"a":123,"b":"fufu","c":3.14,"d-x":1,"d-y":"2","e":"2017-04-05T18:30:00Z"})");
    const auto stash = R"({"pandora_stash":"cc jj uu {\"x\":1} 2017-04-05T18:30:00Z"})";
    CHECK(std::count(lines.begin(), lines.end(), stash) == (is_dropped ? 0 : 1));
  }
}

TEST_CASE("Messages of syslog of both formats are joined with the lines behind them", "[examples]") {
  const Scene scene;
  scene.append("a.log",
               "no header\nnor here\n"
               "<34>Oct 11 22:14:15 h su: one\n"
               "<34>Oct 11 22:14:15 h su[2]: two\n  at a\n  at b\n"
               "<165>1 2003-10-11T22:14:15.003Z h app 1 ID - three\n"
               "<165>1 2003-10-11T22:14:15.003Z h app 1 ID - four\nmore\n"
               "<34>Oct 11 22:14:15 h su: five\n"
               "<165>1 - - - - - - six\n"
               "<34>Oct 11 22:14:15 h su: seven\nthe end");
  const RunnerStatus status =
      scene.run_once(with_reader(scene, R"("head_pattern": "^<\\d+>")", R"({"type": "syslog"})"));
  CHECK(status.parser.success == 7);
  CHECK(status.parser.errors == 1);
  const Lines lines = lines_of(scene.out);
  REQUIRE(lines.size() == 8);
  CHECK(text_of(lines[0], "pandora_stash") == "no header\nnor here");
  CHECK(text_of(lines[2], "content") == "two\n  at a\n  at b");
  CHECK(text_of(lines[4], "message") == "four\nmore");
  CHECK(text_of(lines[7], "content") == "seven\nthe end");
}

TEST_CASE("Files of any encoding become records in UTF-8 wherever their blocks end", "[examples]") {
  std::string long_text;
  for (int i = 0; i < 300'000; ++i) long_text += "中";
  struct Case {
    const char* encoding;
    std::string bytes;
    Lines expected;
  };
  for (const auto& [encoding, bytes, expected] :
       {Case{"UTF-8", "x" + long_text + "\nnext\n", {"x" + long_text, "next"}},
        Case{"UTF-16", utf16(u"中文\nü\u0A0A\n"), {"中文", "ü\u0A0A"}},
        Case{"GBK", "\xD6\xD0\xCE\xC4\nabc\n", {"中文", "abc"}},
        Case{"GB18030", "\x82\x31\x89\x38\n", {"\u39EF"}}, Case{"latin1", "caf\xE9\n", {"café"}}}) {
    CAPTURE(encoding);
    const Scene scene;
    scene.append("a.log", bytes);
    scene.run_once(with_reader(scene, R"("encoding": ")" + std::string(encoding) + "\""));
    Lines texts;
    for (const std::string& line : lines_of(scene.out)) texts.push_back(text_of(line, "raw"));
    CHECK(texts == expected);
  }
}

TEST_CASE("A file whose name is no text is read and its name is JSON", "[examples]") {
  const Scene scene;
  scene.append("\xFF\xFE\n\".log", "1\n");
  CHECK(scene.run_once(with_reader(scene, R"("datasource_tag": "from")")).error.empty());
  const Lines lines = lines_of(scene.out);
  REQUIRE(lines.size() == 1);
  CHECK(text_of(lines[0], "raw") == "1");
  CHECK(text_of(lines[0], "from").ends_with(".log"));
}

TEST_CASE("Lines of megabytes come whole up to the limit and are cut and counted beyond it", "[examples]") {
  const Scene scene;
  constexpr std::size_t kLimit = 16 << 20;
  scene.append("a.log", std::string(5'000'000, 'x') + "\n" + std::string(20'000'000, 'y') + "\nend\n");
  const RunnerStatus status = scene.run_once(scene.config());
  CHECK(status.read_count == 3);
  CHECK(status.cut_lines == 1);
  CHECK(status.cut_bytes == 20'000'000 - kLimit);
  const Lines lines = lines_of(scene.out);
  REQUIRE(lines.size() == 3);
  constexpr std::size_t kFrame = 10;  // {"raw":""}
  CHECK(lines[0].size() == 5'000'000 + kFrame);
  CHECK(lines[1].size() == kLimit + kFrame);
  CHECK(lines[2] == R"({"raw":"end"})");
}

TEST_CASE("Lines beyond the limit are skipped when that is asked for and the others are not", "[examples]") {
  const Scene scene;
  scene.append("a.log", "1\n" + std::string(5000, 'x') + "\n2\n");
  std::string config = with_reader(scene, R"("long_lines": "skip")");
  config.insert(1, R"("max_line_len": 1024, )");
  const RunnerStatus status = scene.run_once(config);
  CHECK(status.cut_lines == 1);
  CHECK(status.cut_bytes == 5000);
  CHECK(lines_of(scene.out) == Lines{R"({"raw":"1"})", R"({"raw":"2"})"});
  CHECK(scene.run_once(config).read_count == status.read_count);
}

TEST_CASE("Nothing is read outside of the run time of a runner and everything in it", "[examples]") {
  const std::time_t now = std::time(nullptr);
  const int hour = std::localtime(&now)->tm_hour;
  const auto window = [&](int from, int to) {
    const auto text = [](int h) { return std::to_string(h % 24) + ":00"; };
    return R"("run_time": ")" + text(hour + from) + "-" + text(hour + to) + "\"";
  };
  const Scene scene;
  scene.append("a.log", "1\n2\n3\n4\n5\n6");
  {
    Runner runner(parse_runner(with_reader(scene, window(2, 3))), scene.surroundings(false));
    test::wait_until("the file was found", [&] { return runner.status().lag.size > 0; });
    runner.stop();
    runner.wait();
    CHECK(runner.status().read_count == 0);
    CHECK(runner.status().open_files == 1);
  }
  Runner runner(parse_runner(with_reader(scene, window(23, 26))), scene.surroundings(false));
  test::wait_until("the lines are there", [&] { return lines_of(scene.out).size() == 5; });
  runner.stop();
  runner.wait();
  CHECK(runner.status().read_count == 5);  // the last one has no end yet
}

TEST_CASE("Two batches are on their way at most and rotations are followed meanwhile", "[examples]") {
  const Scene scene;
  const auto append = [&](int from, int to) {
    for (int i = from; i < to; ++i) scene.append("a.log", std::to_string(i) + "\n");
  };
  append(0, 100);
  std::filesystem::create_directories(scene.out);  // which cannot be written to
  Runner runner(parse_runner(scene.config(R"({"type": "raw", "timestamp": false})", R"(, "batch_len": 10)")),
                scene.surroundings(false));
  test::wait_until("two batches are on their way", [&] { return runner.status().lag.ftlags == 2; });
  for (int round = 1; round < 3; ++round) {
    std::filesystem::remove(scene.dir.file("a.log"));
    append(100 * round, 100 * round + 100);
    test::wait_until("the new file is open", [&] {
      return runner.status().detached_files == static_cast<std::uint64_t>(round) &&
             runner.status().open_files == static_cast<std::uint64_t>(round) + 1;
    });
  }
  CHECK(runner.status().read_count == 20);
  CHECK(runner.status().lag.ftlags == 2);
  std::filesystem::remove(scene.out);
  test::wait_until("all lines are there", [&] { return lines_of(scene.out).size() == 300; });
  Lines lines = lines_of(scene.out);
  std::sort(lines.begin(), lines.end());
  CHECK(std::adjacent_find(lines.begin(), lines.end()) == lines.end());
}

TEST_CASE("A batch of one record is sent alone and in order", "[examples]") {
  test::LogReceiver receiver([](const auto&) { return test::http_reply(200); });
  const Scene scene;
  scene.append("a.log", "1\n2\n3\n");
  scene.run_once(R"({"name": "a", "batch_len": 1, "reader": {"mode": "file", "log_path": ")" +
                 scene.dir.file("a.log") + R"("}, "parser": {"type": "raw"}, "senders":
      [{"sender_type": "http", "http_sender_protocol": "raw", "http_sender_url": ")" +
                 receiver.url() + "\"}]}");
  Lines bodies;
  for (const auto& request : receiver.requests()) bodies.push_back(request.body);
  CHECK(bodies == Lines{"1\n", "2\n", "3\n"});
}
