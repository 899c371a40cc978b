#include "examples/logkit-agent/run/runner_config.hpp"

#include <agent/error.hpp>
#include <catch2/catch.hpp>

#include "examples/logkit-agent/run/check_runner.hpp"
#include "examples/logkit-agent/run/record_router.hpp"

using namespace logkit;
using Catch::Matchers::Contains;

namespace {

std::string runner(const std::string& more, const std::string& mode = "file", const std::string& type = "raw",
                   const std::string& sender = "discard") {
  return R"({"name": "a", "reader": {"mode": ")" + mode + R"(", "log_path": "/var/log/a.log"},
    "parser": {"type": ")" +
         type + R"("}, "senders": [{"sender_type": ")" + sender + "\"}]" + more + "}";
}

void check(const std::string& text) {
  RunnerConfig config = parse_runner(text);
  check_runner(config);
}

}  // namespace

TEST_CASE("A runner's numbers and booleans may be strings", "[examples]") {
  const RunnerConfig config = parse_runner(
      R"({"name": "a", "batch_len": "10", "batch_size": 4096, "batch_interval": "5", "is_stopped": "true",
          "reader": {"log_path": "/a"}, "senders": [{"sender_type": "discard"}]})");
  CHECK(config.batch_lines == 10);
  CHECK(config.batch_size == 4096);
  CHECK(config.batch_interval == std::chrono::seconds(5));
  CHECK(config.is_stopped);
}

TEST_CASE("The number of errors that a status has is bounded", "[examples]") {
  CHECK(parse_runner(runner("")).errors_list_cap == 100);
  CHECK(parse_runner(runner(R"(, "errors_list_cap": 0)")).errors_list_cap == 100);
  CHECK(parse_runner(runner(R"(, "errors_list_cap": "7")")).errors_list_cap == 7);
  CHECK(parse_runner(runner(R"(, "errors_list_cap": 1000000)")).errors_list_cap == 1000);
  CHECK_THROWS_AS(parse_runner(runner(R"(, "errors_list_cap": -1)")), agent::Error);
}

TEST_CASE("A runner's comments go to the end of their line and begin in no string", "[examples]") {
  CHECK(without_comments("{\"a\": \"#\\\"#\", # one\n \"b\": 1} # two") ==
        "{\"a\": \"#\\\"#\", \n \"b\": 1} ");
  const RunnerConfig config = parse_runner("# mine\n" + runner(""), "file-name");
  CHECK(config.name == "a");
}

TEST_CASE("A runner without a name has that of its file, and bad names are refused", "[examples]") {
  const std::string text = R"({"reader": {"log_path": "/a"}, "senders": [{"sender_type": "discard"}]})";
  CHECK(parse_runner(text, "nginx").name == "nginx");
  for (const char* name : {"", "..", "a/b", "..%2Fx", "a b"})
    CHECK_THROWS_AS(parse_runner(text, name), agent::Error);
  CHECK_THROWS_AS(parse_runner(text, std::string(300, 'a')), agent::Error);
}

TEST_CASE("Unknown kinds of a runner's parts are refused with the list of the known ones", "[examples]") {
  CHECK_THROWS_WITH(check(runner("", "mysql")),
                    "reader: mode: 'mysql' is unknown; "
                    "known are dir, dirx, file, fileauto, script, socket, stdin, tailx");
  CHECK_THROWS_WITH(
      check(runner("", "file", "zzz")),
      "parser: type: 'zzz' is unknown; known are KV, csv, empty, grok, json, kv, logfmt, nginx, raw, syslog");
  CHECK_THROWS_WITH(check(runner("", "file", "raw", "kafka")),
                    "senders[0]: sender_type: 'kafka' is unknown; known are csv, discard, file, http");
  CHECK_THROWS_WITH(check(runner(R"(, "transforms": [{"type": "IP"}])")),
                    Contains("transforms[0]: type: 'IP' is unknown"));
}

TEST_CASE("Options that would change what a runner does are refused where they are missing", "[examples]") {
  const auto with = [](const std::string& option) {
    return R"({"name": "a", "reader": {"log_path": "/a", )" + option +
           R"(}, "senders": [{"sender_type": "discard"}]})";
  };
  CHECK_THROWS_WITH(check(with(R"("tag_file": "/x")")), Contains("tag_file: this program does not have"));
  CHECK_THROWS_WITH(check(with(R"~("head_pattern": "(?=x)")~")),
                    Contains("head_pattern: '(?=x)': invalid perl operator: (?="));
  CHECK_THROWS_WITH(check(with(R"("head_pattern": "x", "encoding": "UTF-16")")), Contains("UTF-16"));
  CHECK_THROWS_WITH(check(with(R"("run_time": "soon")")), Contains("run_time"));
  for (const std::string flag : {"newfile_newline", "skip_first_line"})
    CHECK_THROWS_WITH(check(with("\"" + flag + R"(": "true")")), Contains(flag + ": this program does not"));
  CHECK_THROWS_WITH(check(with(R"("mode": "dir", "expire_delete": true)")),
                    "reader: expire_delete: only modes tailx and dirx have it");
  CHECK_THROWS_WITH(check(with(R"("mode": "dirx", "expire_delete": true)")), Contains("it needs expire"));
  CHECK_NOTHROW(check(with(R"("mode": "tailx", "expire_delete": true)")));
  CHECK_NOTHROW(check(with(R"("head_pattern": "", "expire_delete": "false")")));
  CHECK_THROWS_WITH(check(runner(R"(, "metric": [{"type": "cpu"}])")), Contains("metric"));
}

TEST_CASE("Unknown options of a runner are warnings", "[examples]") {
  RunnerConfig config = parse_runner(runner(R"(, "colour": "red", "batch_try_times": 3)"));
  check_runner(config);
  CHECK(config.warnings ==
        std::vector<std::string>{"batch_try_times has no effect: a batch is tried until it is taken",
                                 "colour is unknown"});
}

TEST_CASE("A runner that is no JSON object or lacks a part is refused", "[examples]") {
  for (const char* text : {"", "[]", "{", "{\"reader\": 1}", "{\"name\": \"a\"}", "null"})
    CHECK_THROWS_AS(parse_runner(text, "a"), agent::Error);
  CHECK_THROWS_AS(parse_runner(std::string(10'000, '['), "a"), agent::Error);
}

TEST_CASE("A router compares values as text and sends the rest to its default", "[examples]") {
  const auto document = agent::json::Document::parse(
      R"({"router_key_name": "a", "router_match_type": "equal", "router_default_sender": "2",
          "router_routes": {"a": 0, "123": "0", "b": 1}})");
  const RecordRouter router(PartOptions(document.root(), "router"), 3);
  const auto route = [&](std::string_view text, bool is_json) {
    const std::vector<Field> fields{{"a", {text, is_json}}};
    return router.route(fields);
  };
  CHECK(route("a", false) == 0);
  CHECK(route("123", true) == 0);
  CHECK(route("b", false) == 1);
  CHECK(route("AAA", false) == 2);
  CHECK(router.route({}) == 2);
  const auto part = agent::json::Document::parse(
      R"({"router_key_name": "a", "router_match_type": "contains", "router_routes": {"err": 1}})");
  const RecordRouter contains(PartOptions(part.root(), "router"), 2);
  const std::vector<Field> error{{"a", {"an error", false}}}, info{{"a", {"info", false}}};
  CHECK(contains.route(error) == 1);
  CHECK(contains.route(info) == 0);
  const auto wrong = agent::json::Document::parse(R"({"router_key_name": "a", "router_routes": {"a": 3}})");
  CHECK_THROWS_AS(RecordRouter(PartOptions(wrong.root(), "router"), 3), agent::Error);
}
