// What an exec-agent finds around it when it starts, and while it runs: environment, signals, files that
// move.
#include <csignal>
#include <filesystem>

#include "tests/system/exec_scene.hpp"

using namespace test;
using agent::wire::Exec;

namespace {

Exec through_pipes(std::string line) {
  Exec exec = shell_command(std::move(line));
  exec.pipes = true;
  return exec;
}

// The server that assigns the id `id`, and what the agent says it is called.
struct Assignment {
  std::string sent;
  WirePeer session;
};

Assignment assign(WireServer& server, const std::string& id) {
  WirePeer session = server.upgraded();
  const std::string sent = receive_come(session).id;
  session.send(welcome(id));
  return {sent, std::move(session)};
}

}  // namespace

TEST_CASE("The agent's token is not in the environment of its commands", "[system]") {
  ExecScene scene("", {"/usr/bin/env", "LIBAGENT_TOKEN=s3cret-token", "LIBAGENT_LOG_SIZE=1M"});
  const std::string output = scene.run(through_pipes("env")).output;
  CHECK(output.find("s3cret") == std::string::npos);
  CHECK(output.find("LIBAGENT_LOG_SIZE") == std::string::npos);
  CHECK(output.find("LIBAGENT_TASK=") != std::string::npos);
}

TEST_CASE("Commands of an agent without an environment have that of its account", "[system]") {
  ExecScene scene("", {"/usr/bin/env", "-i"});
  const std::string line =
      "account=$(getent passwd $(id -u)); "
      "[ \"$HOME:$SHELL\" = \"$(echo \"$account\" | cut -d: -f6-)\" ] && [ \"$USER\" = \"$(id -un)\" ] && "
      "[ \"$LOGNAME\" = \"$USER\" ] && command -v ls >/dev/null && "
      "echo $PAGER $GIT_PAGER $SYSTEMD_PAGER $TERM";
  CHECK(scene.run(through_pipes(line)).output == "cat cat cat\n");
  CHECK(scene.run(shell_command(line)).output == "cat cat cat xterm\r\n");
  if (::geteuid() != 0) return;
  Exec other = through_pipes("echo $HOME $USER $LOGNAME $SHELL $PATH");
  other.auth = "su";
  other.user = "nobody";
  CHECK(scene.run(other).output ==
        "/nonexistent nobody nobody /usr/sbin/nologin /usr/local/bin:/usr/bin:/bin\n");
}

TEST_CASE("git log on a terminal does not wait for a key", "[system]") {
  ExecScene scene("", {"/usr/bin/env", "-i"});
  const TempDir dir;
  Exec exec = shell_command(
      "git init -q . && for i in 1 2 3 4 5 6 7 8 9 10; do git -c user.name=a -c user.email=a@b.c commit -q "
      "--allow-empty -m \"number $i\" || exit 7; done; git log; echo over");
  exec.workdir = dir.path();
  exec.timeout = 30;
  if (scene.run(through_pipes("command -v git")).end.code != 0) return;
  const TaskResult result = scene.run(exec);
  CHECK_FALSE(result.end.timed_out);
  CHECK_THAT(result.output, Catch::Contains("number 1\r\n") && Catch::EndsWith("over\r\n"));
}

TEST_CASE("An agent whose starter has blocked its signals hears of them", "[system]") {
  ExecScene scene("", with_signals_blocked());
  Exec exec = through_pipes("exit 3");
  exec.timeout = 20;
  const TaskResult result = scene.run(exec);
  CHECK(result.end.code == 3);
  CHECK_FALSE(result.end.timed_out);
  scene.program().signal(SIGTERM);
  scene.session().receive_close();
  scene.session().close();
  CHECK(scene.program().wait() == 0);
}

TEST_CASE("An agent whose working directory is gone goes to /", "[system]") {
  ExecScene scene("", in_a_removed_directory());
  CHECK(scene.run(through_pipes("pwd")).output == "/\n");
  const std::string link = "/proc/" + std::to_string(scene.program().pid()) + "/cwd";
  CHECK(std::filesystem::read_symlink(link) == "/");
}

TEST_CASE("SIGHUP does not end an agent, opens its log again and reads the level", "[system]") {
  const TempDir logs;
  ExecScene scene("log.target = stdout,file\nlog.dir = " + logs.path() + "\n");
  const std::string log = logs.file("exec-agent.log");
  std::filesystem::rename(log, log + ".1");
  const std::string conf = read_file(scene.agent().conf());
  scene.agent().dir().write("agent.conf", conf + "log.level = debug\n");
  scene.program().signal(SIGHUP);
  scene.program().wait_for("reloaded log level and TLS files");
  CHECK(read_file(log).find("reloaded log files") != std::string::npos);
  scene.check_unharmed();
  scene.program().wait_for("started as process");  // a line of the level debug

  scene.agent().dir().write("agent.conf", conf + "log.level = loud\n");
  scene.program().signal(SIGHUP);
  scene.program().wait_for("not reloaded");
  scene.check_unharmed();
}

TEST_CASE("Two starts of one machine are one agent, whether its file can be changed or not", "[system]") {
  const TempDir state;
  WireServer server;
  const TempDir dir;
  // With the suffix of a temporary file this name is too long for the system.
  const std::string conf =
      dir.write(std::string(245, 'c') + ".conf", "server = " + server.address() + "\nlog.target = stdout\n");
  const Program::Environment place{{"STATE_DIRECTORY", state.file("made/by/us")}};
  Program first(kExecAgentProgram, {"--conf", conf}, place);
  const Assignment new_one = assign(server, "assigned-7");
  CHECK(new_one.sent.empty());
  first.wait_for("connected to ");
  CHECK(first.count("assigned-7") >= 1);
  first.signal(SIGKILL);
  first.wait();
  Program second(kExecAgentProgram, {"--conf", conf}, place);
  CHECK(assign(server, "assigned-7").sent == "assigned-7");
  CHECK(read_file(conf).find("assigned") == std::string::npos);
}
