#include <catch2/catch.hpp>

#include "tests/support/wire_server.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

// The sample of seed 004, section 2, with the prefix that originals write.
constexpr const char* kOriginal =
    "basic.id         = original-1\n"
    "basic.server     = 127.0.0.1:13081\n"
    "basic.log.target = stdout,file  # log\n"
    "basic.log.dir    = ./logs\n"
    "basic.log.size   = 10M\n"
    "basic.log.rotate = 7\n"
    "basic.monitor.enabled  = true\n"
    "basic.monitor.interval = 30s\n"
    "basic.limit.cpu_quota    = 100\n"
    "basic.limit.memory_limit = 512M\n"
    "basic.limit.disk_limit = "
    R"([{"dev":"8:0","read_bytes":"10M","write_bytes":"10M","read_iops":1000,"write_iops":1000}])"
    "\n";

std::pair<int, std::string> validate(const std::string& text) {
  TempDir dir;
  return run_program(kAgentProgram, {"validate", "--conf", dir.write("agent.conf", text)});
}

}  // namespace

TEST_CASE("An original's agent.conf is valid as it is, with its prefix or without", "[system]") {
  CHECK(validate(kOriginal).first == 0);
  std::string bare = kOriginal;
  for (std::size_t at = 0; (at = bare.find("basic.")) != std::string::npos;) bare.erase(at, 6);
  const auto [code, output] = validate(bare);
  INFO(output);
  CHECK(code == 0);
}

TEST_CASE("An original's agent.conf starts the agent", "[system]") {
  WireServer server;
  TempDir dir;
  Program agent(kAgentProgram, {"--conf", dir.write("agent.conf", kOriginal)},
                {{"LIBAGENT_SERVER", server.address()}, {"LIBAGENT_LOG_DIR", dir.path()}});
  WirePeer session = server.upgraded();
  CHECK(receive_come(session).id == "original-1");
}

TEST_CASE("validate prints every problem at once and ends with 78", "[system]") {
  const auto [code, output] = validate(
      "basic.id = a\n"
      "basic.log.size = 10Q\n"
      "basic.log.target = stdout,printer\n"
      "basic.monitor.interval = 5\n"
      "this is no setting\n");
  CHECK(code == 78);
  for (const char* text : {"server", "log.size", "printer", "monitor.interval", "line 5"}) {
    INFO(text << " in " << output);
    CHECK(output.find(text) != std::string::npos);
  }
}

TEST_CASE("A setting that nobody knows is a warning with the nearest known name", "[system]") {
  const auto [code, output] = validate("basic.server = 127.0.0.1:1\nbasic.montior.enabled = true\n");
  CHECK(code == 0);
  CHECK(output.find("monitor.enabled") != std::string::npos);
}

TEST_CASE("An agent with a wrong configuration does not start", "[system]") {
  TempDir dir;
  const std::string conf = dir.write("agent.conf", "basic.log.size = ten\n");
  const auto [code, output] = run_program(kAgentProgram, {"--conf", conf});
  CHECK(code == 78);
  CHECK(output.find("log.size") != std::string::npos);
  CHECK(output.find("server") != std::string::npos);
}

TEST_CASE("The agent's command line answers with the exit codes it promises", "[system]") {
  CHECK(run_program(kAgentProgram, {"version"}).first == 0);
  CHECK(run_program(kAgentProgram, {"version"}).second.starts_with("version: "));
  CHECK(run_program(kAgentProgram, {"--help"}).first == 0);
  CHECK(run_program(kAgentProgram, {"manifest"}).second.find("basic.") != std::string::npos);
  CHECK(run_program(kAgentProgram).first == 2);
  CHECK(run_program(kAgentProgram, {"--no-such-option"}).first == 2);
  CHECK(run_program(kAgentProgram, {"--conf", "/no/such/file"}).first == 78);
}
