#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>

#include "host/process_table.hpp"
#include "host/service/daemon_place.hpp"
#include "host/service/pid_file.hpp"
#include "host/service/systemv_script.hpp"
#include "host/user_account.hpp"
#include "tests/support/tcp_socket.hpp"
#include "tests/system/command_client.hpp"
#include "tests/system/programs.hpp"

using namespace test;
using agent::host::daemon_of;
using agent::host::runs;

namespace {

// The script of a real agent, whose names nobody would choose, below a directory of its own.
class Script {
 public:
  explicit Script(const std::string& program, const std::string& settings) {
    places_.run = places_.log = places_.defaults = places_.sysconfig = places_.subsys = dir_.path();
    std::filesystem::create_directory(dir_.file("a 'b\" $c%n\\"));
    agent::host::ServiceSpec spec;
    spec.name = "script-agent";
    spec.description = "An agent of a test";
    spec.program = dir_.file("a 'b\" $c%n\\/agent");
    std::filesystem::create_symlink(program, spec.program);
    spec.arguments = {"run", "--conf", dir_.write("a 'b\" $c%n\\/agent.conf", settings)};
    path_ = dir_.write("script", agent::host::systemv_script(spec, places_));
    ::chmod(path_.c_str(), 0755);
  }
  ~Script() { call("stop"); }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  std::pair<int, std::string> call(const std::string& verb) const { return run_program(path_, {verb}); }
  const std::string& path() const { return path_; }
  std::string subsys_file() const { return dir_.file("script-agent"); }
  std::string pid_file() const { return places_.pid_file("script-agent"); }
  std::string conf() const { return dir_.file("a 'b\" $c%n\\/agent.conf"); }
  int pid() const { return daemon_of(pid_file()); }

 private:
  const TempDir dir_;
  agent::host::SystemvPlaces places_;
  std::string path_;
};

// The supervisors of a pid file, those that wait for their turn included.
std::vector<std::string> supervisors_of(const std::string& pid_file) {
  std::vector<std::string> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
    const std::string line = read_file(entry.path().string() + "/cmdline");
    if (line.find("supervise") != std::string::npos && line.find(pid_file) != std::string::npos)
      found.push_back(entry.path());
  }
  return found;
}

// A server, and the script's agent connected to it.
struct ScriptScene {
  ScriptScene() {
    REQUIRE(script.call("start").first == 0);
    server.wait_for_agent("script-1");
  }
  // A command of the agent restarts it, and goes on: a supervisor waits for its end.
  void begin_restart() {
    const std::string task = client.start("'" + script.path() + "' restart; exec sleep 1000");
    wait_until("the one that waits",
               [&] { return client.output(task).find("starts anew") != std::string::npos; });
    CHECK(supervisors().size() == 2);
  }
  std::vector<std::string> supervisors() const { return supervisors_of(script.pid_file()); }
  void check_is_stopped() {
    wait_until("the end of all", [&] { return supervisors().empty(); });
    CHECK(script.pid() == 0);
    CHECK(script.call("status").first == 3);
  }

  ServerProgram server;
  const Script script{kExecAgentProgram, "basic.id = script-1\nbasic.server = " + server.address() + "\n"};
  CommandClient client{server, "script-1"};
};

std::vector<int> children_of(int parent) {
  std::vector<int> children;
  for (const auto& entry : agent::host::read_process_table())
    if (entry.parent == parent) children.push_back(entry.pid);
  return children;
}

}  // namespace

TEST_CASE("The script of a real agent starts one, finds it without its pid file, and never starts a second",
          "[system]") {
  if (!agent::host::is_root()) return;
  const Script script(kAgentProgram, "basic.id = script-1\nbasic.server = 127.0.0.1:1\n");
  CHECK(script.call("status").first == 3);
  CHECK(script.call("start").first == 0);
  const int first = script.pid();
  REQUIRE(first > 0);
  std::filesystem::remove(script.pid_file());
  CHECK(script.call("status") ==
        std::pair(0, "example-agent is running as process " + std::to_string(first) + "\n"));
  CHECK(script.call("start") == std::pair(0, std::string("script-agent is already running\n")));
  CHECK(script.pid() == first);

  CHECK(script.call("restart").first == 0);
  const int second = script.pid();
  CHECK(second != first);
  CHECK_FALSE(runs(first));
  std::filesystem::remove(script.pid_file());
  CHECK(script.call("stop").first == 0);
  CHECK_FALSE(runs(second));
  CHECK(script.call("status").first == 3);
  CHECK(script.call("stop").first == 0);
}

TEST_CASE("The script of a server that cannot listen says that it does not run", "[system]") {
  if (!agent::host::is_root()) return;
  TcpListener taken;
  const TempDir dir;
  const Script script(kServerProgram, "listen = 127.0.0.1:" + std::to_string(taken.port()) +
                                          "\ndata_dir = " + dir.file("data") + "\n");
  const auto [code, output] = script.call("start");
  CHECK(code == 7);
  CHECK_THAT(output, Catch::Contains("agent-server ended at once with exit code 1; supervisor "));
  CHECK(script.call("restart").first == 7);
  CHECK(std::filesystem::exists(script.subsys_file()));  // it is tried again: shutdown has to stop it
  taken.close();
  CHECK(script.call("restart").first == 0);
  CHECK(script.call("stop").first == 0);
}

TEST_CASE("An agent is restarted by a command that it runs itself, which comes to its end", "[system]") {
  if (!agent::host::is_root()) return;
  ScriptScene scene;
  const Script& script = scene.script;
  CommandClient& client = scene.client;
  const int first = script.pid();
  const CommandResult result =
      client.run("setsid nohup sleep 1000 >/dev/null 2>&1 & echo \"left $!\"; '" + script.path() +
                 "' restart; echo \"answer $?\"; sleep 1; '" + script.path() + "' status; echo end");
  INFO(result.output);
  CHECK(result.code == 0);
  CHECK_THAT(result.output, Catch::Contains("starts anew when the command that it runs"));
  CHECK_THAT(result.output, Catch::Contains("answer 0\n"));
  // Still the old one: or nobody would have heard the rest.
  CHECK_THAT(result.output, Catch::EndsWith("is running as process " + std::to_string(first) + "\nend\n"));

  wait_until("the new one", [&] { return script.pid() != 0 && script.pid() != first; });
  const int left = std::stoi(result.output.substr(result.output.find("left ") + 5));
  scene.server.wait_for_agent("script-1");
  wait_until("an answer", [&] {
    try {
      return client.run("echo back").output == "back\n";
    } catch (const std::runtime_error&) {
      return false;  // the old one has gone, the new one is on its way
    }
  });
  CHECK(runs(left));
  CHECK(script.call("stop").first == 0);
  CHECK(runs(left));
  ::kill(left, SIGKILL);
}

TEST_CASE("An agent that is stopped before its command's restart came about stays stopped", "[system]") {
  if (!agent::host::is_root()) return;
  ScriptScene scene;
  scene.begin_restart();
  for (const std::string& process : scene.supervisors()) {
    INFO(process);  // or the command's output would not end with the command
    CHECK(std::filesystem::read_symlink(process + "/fd/1").string().ends_with("/script-agent.out"));
    CHECK(std::filesystem::read_symlink(process + "/fd/2").string().ends_with("/script-agent.out"));
  }
  CHECK(scene.script.call("stop").first == 0);
  scene.check_is_stopped();
}

TEST_CASE("A command's restart does not undo a stop that takes longer than the command", "[system]") {
  if (!agent::host::is_root()) return;
  ScriptScene scene;
  scene.begin_restart();
  const std::vector<std::string> all = scene.supervisors();
  const int supervisor = scene.script.pid();
  const std::vector<int> agents = children_of(supervisor);
  REQUIRE(agents.size() == 1);
  ::kill(agents.front(), SIGSTOP);
  ::kill(supervisor, SIGTERM);
  wait_until("the stop", [&] { return agent::host::is_stopping(scene.script.pid_file()); });
  CHECK(scene.script.pid() == supervisor);
  for (const int child : children_of(agents.front()))  // the one that waits may have become one
    if (std::ranges::find(all, "/proc/" + std::to_string(child)) == all.end()) ::kill(child, SIGKILL);
  wait_until("the end of the one that waited", [&] { return scene.supervisors().size() == 1; });
  CHECK(runs(agents.front()));
  ::kill(agents.front(), SIGCONT);
  scene.check_is_stopped();
}
