#include "core/agent_settings.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "agent/log.hpp"
#include "host/executable.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/variable.hpp"

using namespace agent;

namespace {

struct Own {
  std::vector<std::string> jobs{"static"};
  std::chrono::nanoseconds interval = std::chrono::seconds(60);

  static void fields(auto& field) {
    field("task.jobs", &Own::jobs, "what to do");
    field("task.interval", &Own::interval, "pause between two runs", FieldRules{.min = "1s"});
  }
};

std::string problems(const Settings& settings) {
  std::string text;
  for (const ConfigProblem& problem : settings.problems()) text += to_string(problem) + "\n";
  return text;
}

}  // namespace

TEST_CASE("An original's agent.conf loads unchanged", "[core]") {
  test::TempDir dir;
  std::string path = dir.write("agent.conf",
                               "basic.id = agent-1 # example\n"
                               "basic.server = 192.0.2.1:13081\n"
                               "basic.log.target = stdout,file\n"
                               "basic.log.dir = ./logs\n"
                               "basic.log.size = 10M\n"
                               "basic.log.rotate = 7\n"
                               "basic.monitor.enabled = true\n"
                               "basic.monitor.interval = 10s\n"
                               "basic.limit.cpu_quota = 100\n"
                               "basic.limit.memory_limit = 512M\n"
                               "#basic.limit.disk_limit = []\n");
  Agent agent("example-agent", "1.0.0");
  agent.load(path);
  CHECK(agent.config().id == "agent-1");
  CHECK(agent.config().server == std::vector<std::string>{"192.0.2.1:13081"});
  CHECK(agent.config().log.size.value == 10'000'000);
  CHECK(agent.config().monitor.enabled);
  CHECK(agent.config().limit.memory_limit.value == 512'000'000);
  CHECK(core::state_of(agent).warnings.empty());
}

TEST_CASE("The agent's own settings come out of the same file", "[core]") {
  test::TempDir dir;
  std::string path =
      dir.write("agent.conf", "server = a:1\ntask.jobs = usage, process\ntask.interval = 5s\n");
  Agent agent("example-agent", "1.0.0");
  Own own;
  agent.config(own);
  agent.load(path);
  CHECK(own.jobs == std::vector<std::string>{"usage", "process"});
  CHECK(own.interval == std::chrono::seconds(5));
}

TEST_CASE("Every problem is found at once, with its line", "[core]") {
  test::TempDir dir;
  std::string path = dir.write("agent.conf",
                               "server = a:1, nowhere\n"
                               "log.size = 10Q\n"
                               "task.interval = 1ms\n"
                               "tls.ca = /does/not/exist.pem\n");
  Agent agent("example-agent", "1.0.0");
  Own own;
  agent.config(own);
  std::string found =
      problems(core::read_settings(core::state_of(agent), {.path = path, .server = {}, .id = {}}));
  CHECK_THAT(found, Catch::Contains("line 1: server: ") && Catch::Contains("nowhere"));
  CHECK_THAT(found, Catch::Contains("line 2: log.size: "));
  CHECK_THAT(found, Catch::Contains("line 3: task.interval: "));
  CHECK_THAT(found, Catch::Contains("line 4: tls.ca: ") && Catch::Contains("/does/not/exist.pem"));
  CHECK_THROWS_AS(agent.load(path), Error);
}

TEST_CASE("The manifest has the library's texts, and those that the agent gives its own settings", "[core]") {
  Agent agent("example-agent", "1.0.0");
  Own own;
  agent.config(own);
  const std::string without =
      manifest_yaml(core::all_settings(core::state_of(agent)), core::all_texts(core::state_of(agent)));
  CHECK_THAT(without, Catch::Contains("- key: basic.log.dir\n  name:\n    zh: \"日志保存路径\"\n"));
  CHECK_THAT(without, Catch::Contains("- key: task.jobs\n  name:\n    zh: \"task.jobs\"\n"));
  constexpr LanguageFile texts[] = {{"zh", "task.jobs:\n  name: 任务\n"}};
  agent.setting_texts(texts);
  CHECK_THAT(manifest_yaml(core::all_settings(core::state_of(agent)), core::all_texts(core::state_of(agent))),
             Catch::Contains("- key: task.jobs\n  name:\n    zh: \"任务\"\n    en: \"task.jobs\"\n"));
}

TEST_CASE("A key that may stand behind a prefix stands behind it in the manifest", "[core]") {
  Agent agent("example-agent", "1.0.0");
  agent.spool_reports();
  Own own;
  agent.config(own);
  std::vector<std::string> keys;
  for (const SettingInfo& info : core::all_settings(core::state_of(agent))) keys.push_back(info.key);
  for (const char* key : {"basic.id", "basic.spool.size", "task.jobs"})
    CHECK(std::find(keys.begin(), keys.end(), key) != keys.end());
}

TEST_CASE("A server that is a reference is not judged before it is resolved", "[core]") {
  test::TempDir dir;
  std::string path = dir.write("agent.conf", "server = $WHERE_THE_SERVER_IS\n");
  Agent agent("example-agent", "1.0.0");
  CHECK_NOTHROW(agent.load(path));
}

TEST_CASE("Unknown keys are in the log", "[core]") {
  test::TempDir dir;
  std::string path = dir.write(
      "agent.conf", "server = a:1\nlog.targt = file\nlog.target = file\nlog.dir = " + dir.path() + "\n");
  Agent agent("example-agent", "1.0.0");
  agent.load(path);
  core::open_log(core::state_of(agent));
  log::flush();
  std::string text;
  std::FILE* file = std::fopen(dir.file("example-agent.log").c_str(), "r");
  REQUIRE(file != nullptr);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) text.push_back(static_cast<char>(c));
  std::fclose(file);
  log::open(log::Options());
  CHECK_THAT(text, Catch::Contains("log.targt") && Catch::Contains("log.target"));
}

namespace {

std::string problems_of(const std::string& text) {
  test::TempDir dir;
  Agent agent("example-agent", "1.0.0");
  const std::string path = dir.write("agent.conf", text);
  return problems(core::read_settings(core::state_of(agent), {.path = path, .server = {}, .id = {}}));
}

}  // namespace

TEST_CASE("Limits that cannot work are problems with the key, the value and what would have been right",
          "[core][limits]") {
  auto problem = [](const std::string& line) { return problems_of("server = a:1\n" + line + "\n"); };
  CHECK_THAT(problem("limit.cpu_quota = 900000"), Catch::Contains("limit.cpu_quota: must be at most 819200"));
  CHECK_THAT(problem("limit.cpu_quota = -5"), Catch::Contains("line 2: limit.cpu_quota"));
  CHECK_THAT(problem("limit.cpu_quota = 0.5"), Catch::Contains("limit.cpu_quota"));
  CHECK_THAT(problem("basic.limit.memory_limit = 4Mi"),
             Catch::Contains("limit.memory_limit") &&
                 Catch::Contains("less than the 8.0 MiB that the agent itself needs"));
  CHECK_THAT(problem("limit.memory_limit = -1"), Catch::Contains("limit.memory_limit"));
  CHECK_THAT(problem("limit.disk_limit = 8:0"), Catch::Contains("limit.disk_limit"));
  CHECK_THAT(problem(R"(limit.disk_limit = [{"dev":"8","read_iops":5}])"),
             Catch::Contains("dev '8': must be major:minor"));
  CHECK_THAT(problem(R"(limit.disk_limit = [{"dev":"sda","read_iops":5}])"),
             Catch::Contains("dev 'sda': must be"));
  CHECK_THAT(problem(R"(limit.disk_limit = [{"dev":"8:0","read_iops":-5}])"),
             Catch::Contains("limit.disk_limit"));
  CHECK(problem("limit.cpu_quota = 0\nlimit.memory_limit = 0\nlimit.disk_limit = []").empty());
}

TEST_CASE("The command line wins over the environment and the file", "[core]") {
  test::TempDir dir;
  const std::string path = dir.write("agent.conf", "id = of-file\nserver = file:1\n");
  const test::Variable server("LIBAGENT_SERVER", "environment:1");
  const test::Variable id("LIBAGENT_ID", "of-environment");
  Agent agent("example-agent", "1.0.0");
  core::read_settings(core::state_of(agent), {.path = path, .server = "line:1, line:2", .id = "of-line"});
  CHECK(agent.config().id == "of-line");
  CHECK(agent.config().server == std::vector<std::string>{"line:1", "line:2"});
}

TEST_CASE("An agent without a file needs a server, and is named after its host", "[core]") {
  CHECK_FALSE(core::names_a_server({}));
  CHECK(core::names_a_server({.path = "agent.conf", .server = {}, .id = {}}));
  Agent agent("example-agent", "1.0.0");
  CHECK(problems(core::read_settings(core::state_of(agent), {})) == "server: must be set\n");
  const Settings settings =
      core::read_settings(core::state_of(agent), {.path = {}, .server = "a:1", .id = {}});
  CHECK(problems(settings).empty());
  CHECK(agent.config().id == "$HOSTNAME");
  CHECK(core::state_of(agent).config_path.empty());
  core::read_settings(core::state_of(agent), {.path = {}, .server = "a:1", .id = "me"});
  CHECK(agent.config().id == "me");
  const test::Variable server("LIBAGENT_SERVER", "a:1");
  CHECK(core::names_a_server({}));
}

TEST_CASE("A wrong value of the command line is told by its option", "[core]") {
  Agent agent("example-agent", "1.0.0");
  CHECK_THAT(problems(core::read_settings(core::state_of(agent), {.path = {}, .server = "a", .id = {}})),
             Catch::Contains("server: ") && Catch::Contains("the port is missing"));
  CHECK_THAT(problems(core::read_settings(core::state_of(agent), {.path = {}, .server = ",", .id = {}})),
             Catch::Contains("--server: ',' has no item"));
}

TEST_CASE("An agent's settings that cannot work are problems before it connects", "[core]") {
  test::TempDir dir;
  const std::string file = dir.write("file", "");
  CHECK_THAT(problems_of("server = http://a:1\n"),
             Catch::Contains("line 1: server: ") && Catch::Contains("http://"));
  CHECK_THAT(problems_of("server = ,\n"), Catch::Contains("line 1: server: ',' has no item"));
  CHECK_THAT(problems_of("server = a:1\nlog.target = file\nlog.dir = " + file + "\n"),
             Catch::Contains("line 3: log.dir: " + file + " is not a directory"));
  CHECK(problems_of("server = a:1\nlog.dir = " + file + "\n").empty());  // nothing is written there
}

TEST_CASE("A directory of logs that is for packages is warned of", "[core]") {
  test::TempDir dir;
  const auto warnings_of = [&](const std::string& target) {
    const std::string path =
        dir.write("agent.conf", "server = a:1\nlog.target = " + target + "\nlog.dir = /usr/bin/logs\n");
    Agent agent("example-agent", "1.0.0");
    const Settings settings =
        core::read_settings(core::state_of(agent), {.path = path, .server = {}, .id = {}});
    CHECK(problems(settings).empty());
    return settings.warnings();
  };
  const std::vector<ConfigProblem> warnings = warnings_of("file");
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(to_string(warnings[0]), Catch::Contains("line 3: log.dir: /usr/bin/logs is for packages") &&
                                         Catch::Contains("/var/log/example-agent"));
  CHECK(warnings_of("stdout").empty());
}

TEST_CASE("A certificate that is about to expire is warned of with its line", "[core]") {
  test::Certificates made;  // good for two days
  test::TempDir dir;
  const std::string path =
      dir.write("agent.conf", "server = a:1\ntls.ca = " + made.ca() + "\ntls.cert = " + made.client_cert() +
                                  "\ntls.key = " + made.client_key() + "\n");
  Agent agent("example-agent", "1.0.0");
  std::string warned;
  const Settings settings =
      core::read_settings(core::state_of(agent), {.path = path, .server = {}, .id = {}});
  for (const ConfigProblem& warning : settings.warnings()) warned += to_string(warning) + "\n";
  CHECK(problems(settings).empty());
  CHECK(core::state_of(agent).outdated.empty());
  CHECK_THAT(warned, Catch::Contains("line 3: tls.cert: ") && Catch::Contains("agent-7 expires in"));
  CHECK_THAT(warned, Catch::Contains("line 2: tls.ca: "));
}

TEST_CASE("A certificate that does not fit its key is a problem", "[core]") {
  test::Certificates made;
  CHECK_THAT(problems_of("server = a:1\ntls.cert = " + made.client_cert() +
                         "\ntls.key = " + made.server_key() + "\n"),
             Catch::Contains("line 2: tls.cert: ") && Catch::Contains(made.server_key()));
}
