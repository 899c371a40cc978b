// The logkit-agent as it is built.
#include <agent/json_value.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "log_receiver.hpp"
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using test::Program;

namespace {

const std::string kProgram = test::built_program("logkit-agent");

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::map<std::string, int> count_lines(const std::string& path) {
  std::ifstream file(path);
  std::map<std::string, int> counts;
  for (std::string line; std::getline(file, line);) ++counts[line];
  return counts;
}

struct Place {
  Place() {
    std::filesystem::create_directories(dir.file("runners"));
    std::filesystem::create_directories(dir.file("logs"));
    dir.write("runners/r.conf", R"({"reader": {"mode": "tailx", "log_path": ")" + dir.file("logs/*") + R"("},
      "batch_len": 100, "batch_interval": "10ms", "parser": {"type": "raw", "timestamp": false},
      "senders": [{"sender_type": "file", "file_send_path": ")" +
                                    out + "\"}]}");
  }
  Program::Arguments arguments(bool is_once) const {
    Program::Arguments words{"run", "--runners", dir.file("runners"), "--state", dir.file("state")};
    if (is_once) words.push_back("--once");
    return words;
  }
  // The same lines to a receiver.
  void write_http_runner(const std::string& url) const {
    dir.write("runners/r.conf", R"({"reader": {"mode": "tailx", "log_path": ")" + dir.file("logs/*") + R"("},
      "batch_len": 100, "batch_interval": "10ms", "parser": {"type": "raw", "timestamp": false},
      "senders": [{"sender_type": "http", "http_sender_protocol": "raw", "http_sender_url": ")" +
                                    url + "\"}]}");
  }
  void append(const std::string& name, const std::string& text) const {
    std::ofstream(dir.file("logs/" + name), std::ios::binary | std::ios::app) << text;
  }

  test::TempDir dir;
  std::string out = dir.file("out");
};

}  // namespace

TEST_CASE("manifest.yaml and agent.conf of logkit-agent are what the program says", "[examples]") {
  CHECK(test::run_program(kProgram, {"manifest"}).second ==
        read_text(test::source_path("examples/logkit-agent/manifest.yaml")));
  const auto [code, output] = test::run_program(
      kProgram, {"validate", "--conf", test::source_path("examples/logkit-agent/agent.conf")});
  CHECK(code == 0);
  CHECK(output.find("is valid") != std::string::npos);
}

TEST_CASE("logkit-agent that is killed again and again loses no line and mangles none", "[examples]") {
  const Place place;
  constexpr int kRounds = 8;
  constexpr int kLines = 2000;
  int kills = 0;
  for (int round = 0; round < kRounds; ++round) {
    Program program(kProgram, place.arguments(false));
    const std::uintmax_t before =
        std::filesystem::exists(place.out) ? std::filesystem::file_size(place.out) : 0;
    for (int i = 0; i < kLines; ++i) place.append("a", "line " + std::to_string(round * kLines + i) + "\n");
    if (round % 2 == 1)
      std::filesystem::rename(place.dir.file("logs/a"), place.dir.file("logs/a." + std::to_string(round)));
    test::wait_until("something was written", [&] {
      return std::filesystem::exists(place.out) && std::filesystem::file_size(place.out) > before;
    });
    program.signal(SIGKILL);
    program.wait();
    ++kills;
  }
  CHECK(test::run_program(kProgram, place.arguments(true)).first == 0);
  const std::map<std::string, int> counts = count_lines(place.out);
  CHECK(counts.size() == kRounds * kLines);
  int repeated = 0;
  for (int i = 0; i < kRounds * kLines; ++i) {
    const auto found = counts.find("{\"raw\":\"line " + std::to_string(i) + "\"}");
    REQUIRE(found != counts.end());
    repeated += found->second - 1;
  }
  // A batch has 100 records.
  CHECK(repeated <= kills * 100);
}

TEST_CASE("logkit-agent stops on SIGTERM with everything delivered that it has read", "[examples]") {
  const Place place;
  place.append("a", "1\n2\n");
  Program program(kProgram, place.arguments(false));
  test::wait_until("both lines are there", [&] { return count_lines(place.out).size() == 2; });
  program.signal(SIGTERM);
  CHECK(program.wait() == 0);
  CHECK(program.output().find("r: 2 lines read, 0 with errors, 2 records sent") != std::string::npos);
  // The status counts all runs, and what is printed the last one.
  place.append("a", "3\n");
  CHECK_THAT(test::run_program(kProgram, place.arguments(true)).second,
             Catch::Contains("r: 1 lines read, 0 with errors, 1 records sent"));
  CHECK_THAT(read_text(place.dir.file("state/status.json")), Catch::Contains("\"readDataCount\":3,"));
}

TEST_CASE("logkit-agent writes the status of its runners under the names of logkit", "[examples]") {
  const Place place;
  place.append("a", "1\n2\n");
  CHECK(test::run_program(kProgram, place.arguments(true)).first == 0);
  const auto document = agent::json::Document::parse(read_text(place.dir.file("state/status.json")));
  const agent::json::Value status = document.root().find("r");
  REQUIRE(status.is_object());
  CHECK(status.find("readDataCount").text() == "2");
  CHECK(status.find("readDataSize").text() == "4");
  for (const char* name :
       {"name", "logpath", "elaspedtime", "lag", "readerStats", "parserStats", "senderStats", "readspeed_kb",
        "readspeed", "readspeedtrend_kb", "readspeedtrend", "runningStatus"})
    CHECK_FALSE(status.find(name).is_null());
  for (const char* name : {"size", "files", "ftlags", "sizeunit", "total", "seconds"})
    CHECK_FALSE(status.find("lag").find(name).is_null());
  for (const char* name : {"errors", "success", "speed", "trend", "last_error"})
    CHECK_FALSE(status.find("senderStats").find("file-0").find(name).is_null());
}

TEST_CASE("logkit-agent that reads once fails when a runner has an error", "[examples]") {
  const Place place;
  place.dir.write("runners/r.conf", R"({"reader": {"mode": "file", "log_path": "/none"},
    "senders": [{"sender_type": "discard"}]})");
  const auto [code, output] = test::run_program(kProgram, place.arguments(true));
  CHECK(code == 1);
  CHECK(output.find("/none: No such file or directory") != std::string::npos);
  CHECK(test::run_program(kProgram, {"run", "--runners", place.dir.file("no"), "--once"}).first == 2);
  CHECK(test::run_program(kProgram, {"check", "--help"}).second.find("parse --config") != std::string::npos);
}

TEST_CASE("check and parse tell what a configuration does and keep nothing", "[examples]") {
  const Place place;
  const std::string config = place.dir.file("runners/r.conf");
  CHECK(test::run_program(kProgram, {"check", "--config", config}).first == 0);
  const std::string input = place.dir.write("input", "one\n\ntwo\n");
  const auto [code, output] = test::run_program(kProgram, {"parse", "--config", config, "--input", input});
  CHECK(code == 0);
  CHECK(output ==
        "line one\n  record {\"raw\":\"one\"} -> every sender\nline \n  no record\nline two\n"
        "  record {\"raw\":\"two\"} -> every sender\n2 lines, 0 of them with errors\n");
  CHECK_FALSE(std::filesystem::exists(place.out));
  const std::string joined =
      place.dir.write("joined.conf", R"({"reader": {"mode": "file", "log_path": "/a", "head_pattern": "^\\S"},
    "transforms": [{"type": "rename", "key": "x", "new": "y"}], "parser": {"type": "raw", "timestamp": false},
    "senders": [{"sender_type": "discard"}]})");
  const std::string stack = place.dir.write("stack", "one\n  at 1\ntwo");
  CHECK(test::run_program(kProgram, {"parse", "--config", joined, "--input", stack}).second ==
        "line one\n  at 1\n  record {\"raw\":\"one\\n  at 1\"} -> every sender\nline two\n"
        "  record {\"raw\":\"two\"} -> every sender\n2 lines, 0 of them with errors\n"
        "rename-0: 2 errors, the last one: there is no field x\n");
  place.dir.write("runners/bad.conf",
                  "{\"reader\": {\"mode\": \"x\", \"log_path\": \"/a\"}, \"senders\": [{}]}");
  const auto [bad, why] =
      test::run_program(kProgram, {"check", "--config", place.dir.file("runners/bad.conf")});
  CHECK(bad == 78);
  CHECK(why ==
        "reader: mode: 'x' is unknown; known are dir, dirx, file, fileauto, script, socket, stdin, tailx\n");
  CHECK(test::run_program(kProgram, {"check"}).first == 2);
}

TEST_CASE("logkit-agent delivers to a receiver that fails now and then although it is killed", "[examples]") {
  std::atomic<int> count = 0;
  test::LogReceiver receiver(
      [&](const auto&) { return test::http_reply(++count % 3 == 0 ? 503 : 200, "", "Retry-After: 1\r\n"); });
  const Place place;
  place.write_http_runner(receiver.url());
  constexpr int kRounds = 4;
  constexpr int kLines = 500;
  for (int round = 0; round < kRounds; ++round) {
    const std::size_t before = receiver.taken().size();
    Program program(kProgram, place.arguments(false));
    for (int i = 0; i < kLines; ++i) place.append("a", "line " + std::to_string(round * kLines + i) + "\n");
    test::wait_until("something has arrived", [&] { return receiver.taken().size() > before; });
    program.signal(SIGKILL);
    program.wait();
  }
  CHECK(test::run_program(kProgram, place.arguments(true)).first == 0);
  std::istringstream lines(receiver.taken());
  std::map<std::string, int> counts;
  int all = 0;
  for (std::string line; std::getline(lines, line); ++all) ++counts[line];
  CHECK(counts.size() == kRounds * kLines);
  CHECK(all <= kRounds * kLines + kRounds * 100);
}

TEST_CASE("Each line comes once from a receiver's failure on although the program is killed in it",
          "[examples]") {
  std::atomic<bool> is_down = true;
  test::LogReceiver receiver([&](const auto&) { return test::http_reply(is_down ? 500 : 200); });
  const Place place;
  place.write_http_runner(receiver.url());
  std::string expected;
  for (int i = 0; i < 1000; ++i) expected += "line " + std::to_string(i) + "\n";
  place.append("a", expected);
  for (const std::size_t failures : {1U, 3U}) {
    Program program(kProgram, place.arguments(false));
    test::wait_until("it has failed", [&] { return receiver.requests().size() >= failures; });
    if (failures == 1) program.signal(SIGKILL);
    if (failures == 1) continue;
    is_down = false;
    test::wait_until("all is there", [&] { return receiver.taken().size() >= expected.size(); });
    program.signal(SIGTERM);
    CHECK(program.wait() == 0);
  }
  CHECK(receiver.taken() == expected);
}

TEST_CASE("Lines and rotations are found by looking where there is no inotify", "[examples]") {
  const std::string none = "echo 0 > /proc/sys/user/max_inotify_instances";
  if (test::run_program("/bin/sh", {"-c", "unshare -r sh -c '" + none + "'"}).first != 0) return;
  const Place place;
  std::string command = none + "; exec " + kProgram;
  for (const std::string& word : place.arguments(false)) command += " " + word;
  const Program program("/bin/sh", {"-c", "exec unshare -r sh -c '" + command + "'"});
  const auto wait_for = [&](std::size_t count) {
    test::wait_until("the lines are there", [&] { return count_lines(place.out).size() == count; });
  };
  place.append("a", "1\n");
  wait_for(1);
  place.append("a", "2\n");
  wait_for(2);
  std::filesystem::rename(place.dir.file("logs/a"), place.dir.file("logs/a.1"));
  place.append("a", "3\n");
  wait_for(3);
}

TEST_CASE("The page about logs does what it shows", "[examples]") {
  const Place place;
  const std::string page = read_text(test::source_path("docs/logs.md"));
  std::string script =
      "set -e\ncd " + place.dir.path() + "/run\nlogkit-agent() { " + kProgram + " \"$@\"; }\n";
  const std::size_t end = page.find("## What is promised");
  for (std::size_t at = page.find("```\n"); at < end;) {
    const std::size_t close = page.find("```\n", at + 4);
    script += page.substr(at + 4, close - at - 4);
    at = page.find("```\n", close + 4);
  }
  std::filesystem::create_directories(place.dir.file("run"));
  const auto [code, output] = test::run_program("/bin/bash", {place.dir.write("script", script)});
  INFO(output);
  CHECK(code == 0);
  const std::string source = place.dir.path() + "/run/logs/service.log";
  CHECK(read_text(place.dir.file("run/out/records.json")) ==
        "{\"level\":\"info\",\"took\":12,\"path\":\"/api/hosts\",\"source\":\"" + source +
            "\"}\n{\"level\":\"error\",\"took\":3,\"path\":\"/api/login\",\"source\":\"" + source + "\"}\n");
}
