// FieldRules::needs: a setting of the file that has no effect is a note.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agent/config.hpp"
#include "tests/support/variable.hpp"

using namespace agent;

namespace {

std::vector<std::string> notes(const std::string& text) {
  Settings settings = Settings::parse(text, "agent.conf");
  Config config;
  settings.read(config, kConfigPrefixes);
  CHECK(settings.problems().empty());
  CHECK(settings.warnings().empty());
  std::vector<std::string> out;
  for (const ConfigProblem& note : settings.notes()) out.push_back(to_string(note));
  return out;
}

}  // namespace

TEST_CASE("A setting of log files is a note while the log goes to no file", "[base]") {
  CHECK(notes("server = a:1\nlog.target = stdout\nbasic.log.dir = /var/log/a\n") ==
        std::vector<std::string>{
            "agent.conf: line 3: basic.log.dir: has no effect, because log.target does not contain file"});
  CHECK(notes("server = a:1\nlog.target = stdout, file\nlog.dir = /var/log/a\nlog.size = 5M\n").empty());
}

TEST_CASE("The default counts where the file says nothing", "[base]") {
  CHECK(notes("server = a:1\nmonitor.interval = 9s\n") ==
        std::vector<std::string>{
            "agent.conf: line 2: monitor.interval: has no effect, because monitor.enabled is not true"});
  CHECK(notes("server = a:1\nmonitor.interval = 9s\nbasic.monitor.enabled = yes\n").empty());
}

TEST_CASE("A setting that the file does not have is no note", "[base]") {
  CHECK(notes("server = a:1\nlog.target = stdout\n").empty());
}

TEST_CASE("The environment decides whether a setting of the file has an effect", "[base]") {
  const test::Variable variable("LIBAGENT_LOG_TARGET", "file");
  CHECK(notes("server = a:1\nlog.target = stdout\nlog.dir = /var/log/a\n").empty());
}

TEST_CASE("A setting without effect must be right all the same", "[base]") {
  Settings settings = Settings::parse("server = a:1\nlog.target = stdout\nlog.rotate = 0\n", "agent.conf");
  Config config;
  settings.read(config, kConfigPrefixes);
  REQUIRE(settings.problems().size() == 1);
  CHECK(to_string(settings.problems().front()) == "agent.conf: line 3: log.rotate: must be at least 1");
}
