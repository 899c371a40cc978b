#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "tests/support/certificates.hpp"
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
  agent.signal(SIGTERM);  // its limits have groups, which it removes
  CHECK(agent.wait() == 0);
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
  CHECK(run_program(kAgentProgram).second.find("--server") != std::string::npos);
  CHECK(run_program(kAgentProgram, {"--no-such-option"}).first == 2);
  CHECK(run_program(kAgentProgram, {"--conf", "/no/such/file"}).first == 78);
}

TEST_CASE("Every program tells its version by an option", "[system]") {
  for (const auto& [path, name] :
       {std::pair(kServerProgram, "agent-server"), std::pair(kAgentProgram, "example-agent"),
        std::pair(kExecAgentProgram, "exec-agent")}) {
    const auto [code, output] = run_program(path, {"--version"});
    INFO(name << " said " << output);
    CHECK(code == 0);
    CHECK(output.starts_with(std::string(name) + " 2."));
    CHECK(std::count(output.begin(), output.end(), '\n') == 1);
  }
}

TEST_CASE("An agent needs no file: the command line names its server and itself", "[system]") {
  ServerProgram server;
  Program named(kAgentProgram, {"--server", server.address(), "--id", "of-the-line"});
  Program unnamed(kAgentProgram, {"run", "--server", server.address()});
  server.wait_for_agent("of-the-line");
  std::array<char, 256> host_name{};
  REQUIRE(gethostname(host_name.data(), host_name.size() - 1) == 0);
  server.wait_for_agent(host_name.data());
  CHECK(server.foo("of-the-line") == 200);
  named.signal(SIGTERM);
  CHECK(named.wait() == 0);
}

TEST_CASE("validate refuses what exec-agent cannot work with, all at once", "[system]") {
  TempDir dir;
  const std::string conf = dir.write("agent.conf",
                                     "server = http://127.0.0.1:1\n"
                                     "exec.charset = NO-SUCH-CHARSET\n"
                                     "file.directories = /srv, data, ~/x\n"
                                     "exec.users = www-data; root\n");
  const auto [code, output] = run_program(kExecAgentProgram, {"validate", "--conf", conf});
  INFO(output);
  CHECK(code == 78);
  CHECK_THAT(output, Catch::Contains("line 1: server: ") && Catch::Contains("http://"));
  CHECK_THAT(output, Catch::Contains("line 2: exec.charset: character set 'NO-SUCH-CHARSET'"));
  CHECK_THAT(output, Catch::Contains("line 3: file.directories: 'data' is not an absolute path"));
  CHECK_THAT(output, Catch::Contains("line 4: exec.users: 'www-data; root' cannot be a user's name"));
  for (const char* users : {"-u", "a b", "a:b", "\"root\"", ","}) {
    dir.write("agent.conf", std::string("server = a:1\nexec.users = ") + users + "\n");
    INFO(users);
    CHECK(run_program(kExecAgentProgram, {"validate", "--conf", conf}).first == 78);
  }
  dir.write("agent.conf",
            "server = a:1\nexec.users = www-data, DOMAIN\\bob, bob@example.org, j.doe_1\n"
            "exec.charset = gbk\nfile.directories = /srv\n");
  CHECK(run_program(kExecAgentProgram, {"validate", "--conf", conf}).first == 0);
}

TEST_CASE("An agent that is told to end while it starts ends with 0", "[system]") {
  TempDir dir;
  const std::string conf = dir.file("agent.conf");
  REQUIRE(::mkfifo(conf.c_str(), 0600) == 0);
  Program agent(kAgentProgram, {"--conf", conf});
  std::ofstream writer(conf);  // is open once the agent has begun to read
  agent.signal(SIGTERM);
  CHECK(agent.wait() == 0);
}

TEST_CASE("An agent with a certificate out of date starts, and says so, validate refuses it", "[system]") {
  Certificates made;
  TempDir dir;
  const std::string conf =
      dir.write("agent.conf", "server = wss://127.0.0.1:1\ntls.cert = " + made.outdated_cert() +
                                  "\ntls.key = " + made.server_key() + "\n");
  Program agent(kAgentProgram, {"--conf", conf});
  agent.wait_for("the certificate of localhost expired on");
  agent.signal(SIGTERM);
  CHECK(agent.wait() == 0);
  const auto [code, output] = run_program(kAgentProgram, {"validate", "--conf", conf});
  CHECK(code == 78);
  CHECK_THAT(output, Catch::Contains("line 2: tls.cert: ") && Catch::Contains("expired on"));
}
