// manifest-lint as people run it.
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

std::pair<int, std::string> lint(const test::Program::Arguments& arguments) {
  return test::run_program(test::built_program("manifest-lint"), arguments);
}

std::string bad(const std::string& name) { return test::source_path("tests/manifest/bad/" + name + ".yaml"); }

}  // namespace

TEST_CASE("manifest-lint passes the manifests of this repository", "[manifest]") {
  const auto [code, output] = lint(
      {test::source_path("examples/exec-agent/manifest.yaml"), test::source_path("server/manifest.yaml")});
  CHECK(code == 0);
  CHECK(output == "no errors\n");
}

TEST_CASE("manifest-lint prints every finding with file, line and remedy, and exits with 1", "[manifest]") {
  const std::string several = bad("several_faults");
  const std::string key = bad("missing_key");
  const auto [code, output] = lint({several, key});
  CHECK(code == 1);
  CHECK_THAT(output, Catch::Contains(several + ":7: error: a: min is a text; want a whole number") &&
                         Catch::Contains(several + ":9: error: b: missing name.zh; write name:") &&
                         Catch::Contains(key + ":2: error: item 1: missing key; write key:"));
}

TEST_CASE("manifest-lint exits with 0 after warnings", "[manifest]") {
  const auto [code, output] = lint({bad("unknown_member")});
  CHECK(code == 0);
  CHECK_THAT(output, Catch::Contains(": warning: ") && Catch::EndsWith("no errors\n"));
}

TEST_CASE("manifest-lint --original prints the original's first finding alone", "[manifest]") {
  const auto [code, output] = lint({"--original", bad("several_faults")});
  CHECK(code == 1);
  CHECK(output == bad("several_faults") + ":9: error: missing name.zh on item b\n");
  CHECK(lint({"--original", bad("circle")}).first == 0);
}

TEST_CASE("manifest-lint --conf checks a configuration without its program", "[manifest]") {
  const test::TempDir dir;
  const std::string manifest = test::source_path("examples/exec-agent/manifest.yaml");
  const std::string right = test::source_path("examples/exec-agent/agent.conf");
  const std::string wrong = dir.write("agent.conf", "server = a:1\nexec.max_running = 0\nlog.dir = logs\n");
  CHECK(lint({manifest, "--conf", right}) == std::pair(0, std::string("no errors\n")));
  const auto [code, output] = lint({manifest, "--conf", wrong});
  CHECK(code == 1);
  CHECK(output == wrong + ":2: error: exec.max_running: must be at least 1\n" + wrong +
                      ":3: note: log.dir: has no effect, because basic.log.target does not contain file\n");
}

TEST_CASE("manifest-lint says what it cannot read, and how it is used", "[manifest]") {
  const auto [code, output] = lint({"/no/such/manifest.yaml"});
  CHECK(code == 1);
  CHECK_THAT(output, Catch::Contains("/no/such/manifest.yaml"));
  CHECK(lint({}).first == 2);
  CHECK(lint({"--help"}).first == 0);
}
