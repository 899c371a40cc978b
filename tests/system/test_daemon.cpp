#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>

#include "host/service/daemon_place.hpp"
#include "host/service/pid_file.hpp"
#include "host/user_account.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/tcp_socket.hpp"
#include "tests/system/programs.hpp"

using namespace test;

namespace {

bool is_alive(int pid) { return agent::host::runs(pid); }

std::string proc(int pid, const std::string& name) {
  return read_file("/proc/" + std::to_string(pid) + "/" + name);
}

// The one child of a process; 0 = none.
int child_of(int pid) {
  const std::string children = proc(pid, "task/" + std::to_string(pid) + "/children");
  return children.empty() ? 0 : std::stoi(children);
}

// A program in the background, which ends with the test.
class Daemon {
 public:
  Daemon(std::string program, std::string conf) : program_(std::move(program)), conf_(std::move(conf)) {}
  ~Daemon() {
    const int last = pid();
    if (last == 0) return;
    const int child = child_of(last);
    for (const int process : {last, child})
      if (process > 0) ::kill(process, SIGKILL);
  }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  const std::string& pid_file() const { return pid_file_; }
  std::string output_file() const { return dir_.file("output"); }
  // Exit code and output of `run --daemon --pid-file … <further>`.
  std::pair<int, std::string> call(const Program::Arguments& further = {},
                                   const Program::Environment& environment = {}) const {
    Program::Arguments arguments = {"run", "--conf", conf_, "--daemon", "--pid-file", pid_file_};
    arguments.insert(arguments.end(), further.begin(), further.end());
    Program started(program_, arguments, environment);
    const int code = started.wait();
    return {code, started.output()};
  }
  void start(const Program::Arguments& further = {}) const {
    Program::Arguments arguments = further;
    arguments.insert(arguments.end(), {"--output", output_file()});
    const auto [code, output] = call(arguments);
    INFO(output);
    REQUIRE(code == 0);
  }
  int pid() const { return agent::host::daemon_of(pid_file_); }
  int child() const { return child_of(pid()); }

 private:
  const std::string program_;
  const std::string conf_;
  const TempDir dir_;
  const std::string pid_file_ = dir_.file("x.pid");
};

// With the configuration of an agent.
struct AgentDaemon : Daemon {
  explicit AgentDaemon(const TempDir& dir, const std::string& server = "127.0.0.1:1",
                       const std::string& settings = "")
      : Daemon(kAgentProgram,
               dir.write("agent.conf", "basic.id = daemon-1\nbasic.server = " + server + "\n" + settings)) {}
};

}  // namespace

TEST_CASE("An agent in the background connects, comes back when it is killed, and ends when told",
          "[system]") {
  ServerProgram server;
  const TempDir dir;
  const AgentDaemon daemon(dir, server.address());
  const auto [code, output] = daemon.call({"--output", daemon.output_file()});
  const int supervisor = daemon.pid();
  CHECK(code == 0);
  CHECK(output == "example-agent runs in the background: supervisor " + std::to_string(supervisor) +
                      ", pid file " + daemon.pid_file() + ", output to " + daemon.output_file() + "\n");
  CHECK(read_file(daemon.pid_file()) == std::to_string(supervisor) + "\n");
  server.wait_for_agent("daemon-1");

  const int first = daemon.child();
  REQUIRE(first > 0);
  ::kill(first, SIGKILL);
  wait_until("another child", [&] { return daemon.child() > 0 && daemon.child() != first; });
  CHECK(daemon.pid() == supervisor);
  server.wait_for_agent("daemon-1");

  ::kill(supervisor, SIGTERM);
  wait_until("the end", [&] { return !is_alive(supervisor); });
  CHECK_FALSE(std::filesystem::exists(daemon.pid_file()));
  server.wait_for_loss("daemon-1");
  CHECK_THAT(read_file(daemon.output_file()),
             Catch::Contains("was ended by signal 9; another one starts in 1 s"));
  CHECK_THAT(read_file(daemon.output_file()), Catch::Contains("example-agent has stopped"));
}

TEST_CASE("A wrong configuration keeps a daemon from the background, at once and with every problem",
          "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir, "127.0.0.1:1", "log.level = loud\nmonitor.interval = 3 blue moons\n");
  const auto [code, output] = daemon.call();
  CHECK(code == 78);
  CHECK_THAT(output, Catch::Contains("log.level"));
  CHECK_THAT(output, Catch::Contains("monitor.interval"));
  CHECK_FALSE(std::filesystem::exists(daemon.pid_file()));
}

TEST_CASE("A configuration that has become wrong ends the supervisor with its child", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  daemon.start();
  const int supervisor = daemon.pid();
  dir.write("agent.conf", "basic.id = daemon-1\nbasic.server = :::\n");
  ::kill(daemon.child(), SIGKILL);
  wait_until("the end", [&] { return !is_alive(supervisor); });
  CHECK_FALSE(std::filesystem::exists(daemon.pid_file()));
  CHECK_THAT(read_file(daemon.output_file()), Catch::Contains("ended with exit code 78"));
}

TEST_CASE("A daemon is found, stopped and never doubled, also without its pid file", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  CHECK(daemon.call({"--status"}) == std::pair(3, std::string("example-agent is not running\n")));
  CHECK(daemon.call({"--reload"}) == std::pair(7, std::string("example-agent is not running\n")));
  daemon.start();
  const int supervisor = daemon.pid();
  if (GENERATE(false, true)) std::filesystem::remove(daemon.pid_file());

  const std::string number = std::to_string(supervisor);
  CHECK(daemon.call({"--status"}) == std::pair(0, "example-agent is running as process " + number + "\n"));
  CHECK(daemon.call() == std::pair(1, "example-agent already runs as process " + number + ", pid file " +
                                          daemon.pid_file() + "\n"));
  CHECK(daemon.call({"--reload"}).first == 0);
  CHECK(daemon.pid() == supervisor);
  CHECK(daemon.call({"--stop"}) == std::pair(0, std::string("example-agent is stopped\n")));
  CHECK_FALSE(is_alive(supervisor));
  CHECK(daemon.call({"--stop"}) == std::pair(0, std::string("example-agent is not running\n")));
  CHECK(daemon.call({"--status"}).first == 3);
}

TEST_CASE("A daemon that was killed is known by its stale pid file, which stop removes", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  daemon.start();
  const int child = daemon.child();
  ::kill(daemon.pid(), SIGKILL);
  // Nobody would start it again, nor stop it: a second one would meet it at the server.
  wait_until("the end of the child", [&] { return !is_alive(child); });
  CHECK(daemon.call({"--status"}).first == 1);
  CHECK(daemon.call({"--stop"}).first == 0);
  CHECK(daemon.call({"--status"}).first == 3);
  daemon.start();
}

TEST_CASE("A daemon is replaced by one with the present configuration, or not at all", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  daemon.start();
  const int first = daemon.pid();
  const int first_child = daemon.child();
  SECTION("the new one takes the place") {
    if (GENERATE(false, true)) std::filesystem::remove(daemon.pid_file());
    daemon.start({"--replace"});
    CHECK(daemon.pid() != first);
    CHECK_FALSE(is_alive(first));
    CHECK_FALSE(is_alive(first_child));
    CHECK(read_file(daemon.pid_file()) == std::to_string(daemon.pid()) + "\n");
  }
  SECTION("a wrong configuration leaves the old one alone") {
    dir.write("agent.conf", "basic.server = :::\n");
    CHECK(daemon.call({"--replace"}).first == 78);
    CHECK(daemon.pid() == first);
    CHECK(daemon.child() == first_child);
  }
}

TEST_CASE("A supervisor is small, and has nothing of whoever started it", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  const auto [code, output] = daemon.call({}, {{"LIBAGENT_TASK", "1-2-3"},
                                               {"NOTIFY_SOCKET", "/nowhere"},
                                               {"WATCHDOG_USEC", "1"},
                                               {"LIBAGENT_LOG_LEVEL", "debug"}});
  REQUIRE(code == 0);
  CHECK_THAT(output, Catch::Contains("output to /dev/null (--output FILE keeps it)"));
  for (const int pid : {daemon.pid(), daemon.child()}) {
    const std::string environment = proc(pid, "environ");
    CHECK_THAT(environment, !Catch::Contains("LIBAGENT_TASK"));
    CHECK_THAT(environment, !Catch::Contains("NOTIFY_SOCKET"));
    CHECK_THAT(environment, !Catch::Contains("WATCHDOG_USEC"));
    CHECK_THAT(environment, Catch::Contains("LIBAGENT_LOG_LEVEL=debug"));  // a setting
    CHECK(std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd") == "/");
  }
  std::vector<std::string> open;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(daemon.pid()) + "/fd"))
    open.push_back(std::filesystem::read_symlink(entry.path()));
  std::sort(open.begin(), open.end());
  CHECK(open == std::vector<std::string>{"/dev/null", "/dev/null", "/dev/null", daemon.pid_file()});
  // What is its own; the rest are pages of the program that the child has, too.
  const std::string memory = proc(daemon.pid(), "smaps_rollup");
  const std::string key = "Anonymous:";
  REQUIRE(memory.find(key) != std::string::npos);
  if (!kSanitized)
    CHECK(std::stoul(memory.substr(memory.find(key) + key.size())) <= 400);  // KiB; measured 212
}

TEST_CASE("A daemon runs as its user, who must exist and be able to read the configuration", "[system]") {
  if (!agent::host::is_root()) return;
  const TempDir dir;
  std::filesystem::permissions(dir.path(), std::filesystem::perms(0755));
  const AgentDaemon daemon(dir);
  std::filesystem::permissions(dir.file("agent.conf"), std::filesystem::perms(0600));
  CHECK(daemon.call({"--user", "nobody-there"}) == std::pair(1, std::string("unknown user nobody-there\n")));
  const auto [code, output] = daemon.call({"--user", "nobody"});
  CHECK(code == 78);
  CHECK_THAT(output, Catch::Contains("Permission denied"));
  CHECK_FALSE(std::filesystem::exists(daemon.pid_file()));

  std::filesystem::permissions(dir.file("agent.conf"), std::filesystem::perms(0644));
  daemon.start({"--user", "nobody"});
  CHECK_THAT(proc(daemon.child(), "environ"), Catch::Contains("USER=nobody"));
  const std::string number = std::to_string(agent::host::find_user("nobody").id);
  CHECK_THAT(proc(daemon.child(), "status"),
             Catch::Contains("Uid:\t" + number + "\t" + number + "\t" + number + "\t" + number));
  CHECK_THAT(proc(daemon.pid(), "status"), Catch::Contains("Uid:\t0\t"));
}

TEST_CASE("A daemon's pid file is never another program's", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  std::ofstream(daemon.pid_file()) << ::getpid() << "\n";
  const auto [code, output] = daemon.call();
  CHECK(code == 1);
  CHECK_THAT(output, Catch::StartsWith("pid file " + daemon.pid_file() + ": it belongs to "));
  CHECK_THAT(output, Catch::EndsWith(" process " + std::to_string(::getpid()) + ", which runs\n"));
  CHECK(std::count(output.begin(), output.end(), '\n') == 1);
  CHECK(read_file(daemon.pid_file()) == std::to_string(::getpid()) + "\n");
}

TEST_CASE("A server runs in the background like an agent", "[system]") {
  const TempDir dir;
  const Daemon daemon(kServerProgram,
                      dir.write("server.conf", "listen = 127.0.0.1:0\ndata_dir = " + dir.file("data") +
                                                   "\nlog.target = stdout\n"));
  daemon.start({"--max-exits", "3"});
  wait_until("it listens",
             [&] { return read_file(daemon.output_file()).find("listening on") != std::string::npos; });
  CHECK(daemon.call({"--stop"}) == std::pair(0, std::string("agent-server is stopped\n")));

  dir.write("server.conf", "listen = nowhere\n");
  CHECK(daemon.call().first == 78);
}

TEST_CASE("A daemon that ends at once is not said to run, and runs once it can", "[system]") {
  const TempDir dir;
  TcpListener taken;
  const Daemon daemon(
      kServerProgram,
      dir.write("server.conf", "listen = 127.0.0.1:" + std::to_string(taken.port()) +
                                   "\ndata_dir = " + dir.file("data") + "\nlog.target = stdout\n"));
  const auto [code, output] = daemon.call({"--output", daemon.output_file()});
  CHECK(code == 7);
  const int supervisor = daemon.pid();
  CHECK(output == "agent-server ended at once with exit code 1; supervisor " + std::to_string(supervisor) +
                      " starts it again: see " + daemon.output_file() + "\n");
  CHECK_THAT(read_file(daemon.output_file()), Catch::Contains("Address already in use"));
  taken.close();
  wait_until("it listens",
             [&] { return read_file(daemon.output_file()).find("listening on") != std::string::npos; });
  CHECK(daemon.pid() == supervisor);
  CHECK(daemon.call({"--stop"}).first == 0);

  TcpListener again(taken.port());
  const auto [last_code, last] = daemon.call({"--max-exits", "1"});
  CHECK(last_code == 7);
  CHECK(last == "agent-server ended at once with exit code 1: --output FILE keeps the reason\n");
  CHECK(daemon.call({"--status"}).first == 3);
}

TEST_CASE("A command line of run --daemon says what is missing", "[system]") {
  CHECK(run_program(kAgentProgram, {"run", "--daemon", "--server", "127.0.0.1:1"}).first == 2);
  CHECK(run_program(kAgentProgram, {"run", "--stop", "--pid-file", "/x"}).first == 2);
  CHECK(run_program(kServerProgram, {"run", "--daemon"}).first == 2);
  CHECK(run_program(kAgentProgram, {"run", "--daemon", "--pid-file", "/x", "--stop", "--status"}).first == 2);
  CHECK(run_program(kAgentProgram, {"validate", "--daemon", "--pid-file", "/x"}).first == 2);
  CHECK(run_program(kServerProgram, {"run", "--daemon", "--pid-file", "/x", "--stop", "--status"}).first ==
        2);
  CHECK(run_program(kAgentProgram, {"supervise"}).first == 2);
  CHECK(run_program(kAgentProgram, {"supervise", "--pid-file"}).first == 1);
}

TEST_CASE("An output that cannot be opened keeps a daemon from the background", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  const auto [code, output] = daemon.call({"--output", dir.path()});
  CHECK(code == 1);
  CHECK(output == "open " + dir.path() + ": Is a directory\n");
  CHECK_FALSE(std::filesystem::exists(daemon.pid_file()));
}

TEST_CASE("The output of a daemon is put aside when it is large", "[system]") {
  const TempDir dir;
  const AgentDaemon daemon(dir);
  std::ofstream(daemon.output_file()) << "old";
  std::filesystem::resize_file(daemon.output_file(), 10'000'000);
  daemon.start();
  CHECK(std::filesystem::file_size(daemon.output_file() + ".1") == 10'000'000);
  CHECK(std::filesystem::file_size(daemon.output_file()) < 10'000);
}
