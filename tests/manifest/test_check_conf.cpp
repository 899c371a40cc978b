#include "check_conf.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "read_manifest.hpp"

using namespace manifest;

namespace {

constexpr const char* kManifest = R"(
- {key: basic.id, type: string, variables: true}
- {key: basic.server, type: naddr, multiple: true, variables: true, required: true}
- {key: basic.token, type: string, secret: true, str_valid: '^[a-z]{4}$'}
- {key: basic.log.target, type: csv, csv_valid: [stdout, file], default: [stdout]}
- {key: basic.log.dir, type: path, len: 20, enabled: {when: {target: basic.log.target, contain: file}}}
- {key: basic.log.size, type: bytes, min: 1K, max: 1Gi}
- {key: basic.monitor.enabled, type: bool, default: false}
- {key: basic.monitor.interval, type: duration, enabled: {when: {target: basic.monitor.enabled, equal: true}}}
- {key: exec.mode, type: enum, enum_valid: [fast, slow]}
- {key: exec.root, type: path, allow_relative: false}
)";

std::string found(const std::string& text, const std::string& name = "agent.conf") {
  std::vector<Finding> findings;
  const auto manifest = read_manifest(kManifest, findings);
  REQUIRE(manifest);
  std::string out;
  for (const Finding& finding : check_conf(text, name, settings_of(*manifest)))
    out += to_string(finding, name) + "\n";
  return out;
}

// With what is required.
std::string found_with(const std::string& line) { return found("basic.server = a:1\n" + line + "\n"); }

}  // namespace

TEST_CASE("A configuration that follows its manifest has no findings", "[manifest]") {
  CHECK(found("server = a:1, wss://b:2 # two\nbase.id = $HOSTNAME\nbasic.log.target = stdout, file\n"
              "log.dir = logs\nmonitor.enabled = on\nmonitor.interval = 5s\nexec.mode = fast\n")
            .empty());
  CHECK(found("server: $SERVER\nlog: {target: [stdout, file], dir: logs}\n", "agent.yaml").empty());
}

TEST_CASE("Each fault of a configuration has its line and the key as it is written there", "[manifest]") {
  CHECK_THAT(found("log.size = 10Q\n"),
             Catch::StartsWith("agent.conf: error: basic.server: must be set\n"
                               "agent.conf:1: error: log.size: unknown unit 'Q'; known are B, K, M"));
  CHECK_THAT(found_with("log.size = 1"), Catch::Contains(":2: error: log.size: must be at least 1K"));
  CHECK_THAT(found_with("log.size = 2Gi"), Catch::Contains("must be at most 1Gi"));
  CHECK_THAT(found_with("exec.mode = quick"), Catch::Contains("exec.mode: 'quick' is not one of fast, slow"));
  CHECK_THAT(found_with("exec.mode ="), Catch::Contains("'' is not one of"));
  CHECK_THAT(found_with("log.target = file, syslog"), Catch::Contains("'syslog' is not one of stdout, file"));
  CHECK_THAT(found_with("log.target = ,"), Catch::Contains("has no item"));
  CHECK_THAT(found_with("exec.root = here"), Catch::Contains("'here' is not an absolute path"));
  CHECK_THAT(found_with("log.target = file\nlog.dir = a/path/that/is/too/long"), Catch::Contains("too many"));
  CHECK_THAT(found_with("server = b"), Catch::Contains("the port is missing"));
  CHECK(found_with("exec.root =").empty());
}

TEST_CASE("The last line of a key counts, and all lines of a list", "[manifest]") {
  CHECK(found_with("log.size = 1\nbasic.log.size = 5M").empty());
  CHECK_THAT(found_with("log.target = stdout\nlog.target = syslog"),
             Catch::Contains(":3: error: log.target"));
}

TEST_CASE("A setting without effect is a note and no error", "[manifest]") {
  CHECK(found_with("log.dir = logs") ==
        "agent.conf:2: note: log.dir: has no effect, because basic.log.target does not contain file\n");
  CHECK(found_with("monitor.interval = 5s") ==
        "agent.conf:2: note: monitor.interval: has no effect, because basic.monitor.enabled is not true\n");
}

TEST_CASE("An unknown key is a warning with the one that was meant", "[manifest]") {
  CHECK(found_with("exec.moed = fast") ==
        "agent.conf:2: warning: unknown key 'exec.moed'; did you mean 'exec.mode'?\n");
  CHECK_THAT(found_with("basic.exec.mode = fast"), Catch::Contains("unknown key 'basic.exec.mode'"));
}

TEST_CASE("A secret is not repeated", "[manifest]") {
  CHECK(found_with("token = QUITE-SECRET") == "agent.conf:2: error: token: is not valid\n");
}

TEST_CASE("A line that is none, and a group that has a value, are errors", "[manifest]") {
  CHECK_THAT(found_with("nonsense"), Catch::Contains(":2: error: "));
  CHECK_THAT(found_with("log = file"), Catch::Contains("log: is a group of keys, not a value"));
  CHECK_THAT(found_with("exec.mode.fast = 1"), Catch::Contains("'exec.mode' is one value and has no parts"));
}
