// The verbs of services in the real programs, as far as a machine can be left alone: help, wrong arguments,
// what is refused before anything is written. tests/host has the rest, tests/guest the real service managers.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/system/programs.hpp"

using namespace test;

TEST_CASE("Every program explains its verbs", "[system]") {
  for (const std::string& program : {kServerProgram, kAgentProgram, kExecAgentProgram}) {
    CAPTURE(program);
    const auto [code, help] = run_program(program, {"--help"});
    CHECK(code == 0);
    CHECK(help.find("install --conf FILE") != std::string::npos);
    for (const char* verb :
         {"install", "uninstall", "start", "stop", "restart", "status", "run", "validate"}) {
      const auto [verb_code, page] = run_program(program, {verb, "--help"});
      CHECK(verb_code == 0);
      CHECK(page.starts_with("NAME\n    " + program.substr(program.rfind('/') + 1) + " " + verb + " - "));
    }
  }
}

TEST_CASE("The forms of the originals and of classic programs are understood", "[system]") {
  for (const std::string& program : {kServerProgram, kAgentProgram}) {
    CAPTURE(program);
    using Result = std::pair<int, std::string>;
    const Result missing = run_program(program, {"-act", "install"});
    CHECK(missing.first == 2);
    CHECK(missing.second.starts_with("missing --conf argument\n"));
    const Result relative = run_program(program, {"-conf", "x.conf", "-action=install"});
    CHECK(relative.first == 2);
    CHECK(relative.second.starts_with("--conf x.conf: a relative path; a service needs an absolute one: /"));
    CHECK(run_program(program, {"-version"}).first == 0);
    CHECK(run_program(program, {"-action", "nonsense"}).first == 2);
    CHECK(run_program(program, {"install", "--conf", "/x", "--manager", "none"}).first == 2);
  }
}

TEST_CASE("A configuration is checked before a service is installed", "[system]") {
  TempDir dir;
  const std::string bad = dir.write("bad.conf", "basic.log.size = 10Q\nlisten = nonsense\n");
  for (const std::string& program : {kServerProgram, kAgentProgram}) {
    CAPTURE(program);
    const auto [code, said] = run_program(program, {"install", "--conf", bad, "--manager", "systemd"});
    if (::geteuid() != 0) {
      CHECK(said.find("sudo " + program + " install --conf " + bad) != std::string::npos);
      continue;
    }
    CHECK(code == 78);
    CHECK(said.find("bad.conf: line ") != std::string::npos);
    CHECK(said.ends_with("can not register service: the configuration is wrong\n"));
  }
}
