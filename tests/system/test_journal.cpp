// Lines of programs whose output is systemd's journal: the journal has the time, and wants the priority.
#include <csignal>
#include <regex>
#include <sstream>

#include "tests/support/wire_server.hpp"
#include "tests/system/service_scene.hpp"

using namespace test;

namespace {

// The program's output is named as the journal's, as systemd does.
Program::Arguments in_journal(Program::Arguments words) {
  words.insert(
      words.begin(),
      {"-c", "JOURNAL_STREAM=$(stat -L -c %d:%i /dev/stderr); export JOURNAL_STREAM; exec \"$@\"", "sh"});
  return words;
}

bool has_line_matching(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, expression)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Lines for the journal have a priority and no time", "[system][service]") {
  ServiceScene scene;
  WireServer server;
  const std::string conf =
      scene.agent_conf(server.address(), "log.target = stdout,file\nlog.dir = " + scene.dir.file("logs") +
                                             "\nlog.level = debug\n");
  Program agent("/bin/sh", in_journal({kAgentProgram, "--conf", conf}));
  WirePeer session = server.connected();
  agent.wait_for("<6>[INFO]connected to " + server.address() + " as service-1\n");
  agent.wait_for("<7>[DEBUG]connecting to ");
  CHECK_FALSE(has_line_matching(agent.output(), "(<.>)?[0-9]{4}/.*"));
  const std::string file = read_file(scene.dir.file("logs/example-agent.log"));  // as ever
  CHECK(has_line_matching(file, R"([0-9/]{10} [0-9:]{8} \[INFO\]connected to .*)"));
  CHECK(file.find("<6>") == std::string::npos);
}

TEST_CASE("A JSON line for the journal is whole behind its priority", "[system][service]") {
  ServiceScene scene;
  WireServer server;
  Program agent("/bin/sh", in_journal({kAgentProgram, "--conf",
                                       scene.agent_conf(server.address(), "log.format = json\n")}));
  WirePeer session = server.connected();
  agent.wait_for("connected to ");
  CHECK(has_line_matching(agent.output(), R"(<6>\{"time":".*","level":"info","msg":"connected to .*"\})"));
}

TEST_CASE("Output that is not the journal's has times, whatever the variable says", "[system][service]") {
  ServiceScene scene;
  WireServer server;
  Program agent(kAgentProgram, {"--conf", scene.agent_conf(server.address())}, {{"JOURNAL_STREAM", "1:1"}});
  WirePeer session = server.connected();
  agent.wait_for("connected to ");
  CHECK(has_line_matching(agent.output(), R"([0-9/]{10} [0-9:]{8} \[INFO\]connected to .*)"));
  CHECK(agent.count("<6>") == 0);
}

TEST_CASE("Why a program does not start is an error of the journal", "[system][service]") {
  ServiceScene scene;
  const std::string conf = scene.dir.write("bad.conf", "server = \nlisten = nowhere\n");
  const std::string program = GENERATE(as<std::string>(), kAgentProgram, kServerProgram);
  Program bad("/bin/sh", in_journal({program, "--conf", conf}));
  CHECK(bad.wait() == 78);
  INFO(bad.output());
  CHECK(bad.output().starts_with("<3>"));
}
