#include "host/service/upstart.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/error.hpp"
#include "host/service/run_status.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent::host;
using std::chrono::seconds;
using test::TempDir;

namespace {

constexpr UpstartVersion kTrusty{1, 12};

ServiceSpec sample() {
  ServiceSpec spec;
  spec.name = "x-agent";
  spec.description = "Runs \"things\" \\ more";
  spec.program = "/usr/bin/x";
  spec.arguments = {"run", "--conf", "/etc/it's $1 %n\\.conf"};
  return spec;
}

// The lines between `script` and `end script`, which upstart hands to /bin/sh -e.
std::string script_of(const std::string& job) {
  const std::string begin = "\nscript\n", end = "\nend script\n";
  const std::size_t from = job.find(begin) + begin.size();
  return job.substr(from, job.find(end) + 1 - from);
}

struct FakeInit {
  FakeInit() {
    machine.root = dir.path();
    machine.pause = [this](std::chrono::milliseconds time) { waited += time; };
    machine.run = [this](const std::vector<std::string>& command, std::chrono::seconds) {
      std::string line;
      for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
      lines.push_back(line);
      if (command.at(1) == "status") return CommandResult{0, next_status()};
      if (command.at(1) == "version") return CommandResult{0, version};
      if (!failure.empty()) return CommandResult{1, failure};
      return CommandResult{};
    };
  }
  // What `status` says next, and once that is used up always `status`.
  std::string next_status() {
    if (coming.empty()) return status;
    const std::string first = coming.front();
    coming.erase(coming.begin());
    return first;
  }

  TempDir dir;
  ServiceMachine machine;
  std::chrono::milliseconds waited{0};
  std::string status, version, failure;
  std::vector<std::string> coming;
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("An upstart job has the stanzas of init(5)", "[host]") {
  ServiceSpec spec = sample();
  CHECK(upstart_job(spec, kTrusty) ==
        R"(description "Runs \"things\" \\ more"

start on runlevel [2345]
stop on runlevel [!2345]

# Whenever it ends, a second later, without a limit of its own: unless its configuration is wrong.
respawn
respawn limit unlimited
normal exit 78
post-stop exec sleep 1

# It says goodbye to its server and ends what it runs.
kill timeout 20
env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
env STATE_DIRECTORY=/var/lib/x-agent

# No `expect`: it stays in the foreground, and exec keeps the shell's process id.
script
  for settings in /etc/default/x-agent /etc/sysconfig/x-agent; do
    if [ -r "$settings" ]; then
      set -a
      . "$settings"
      set +a
    fi
  done
  cd /
  umask 022
  exec '/usr/bin/x' 'run' '--conf' '/etc/it'\''s $1 %n\.conf'
end script
)");
  spec.open_files = 65535;
  spec.user = "nobody";
  CHECK_THAT(upstart_job(spec, kTrusty), Catch::Contains("\nlimit nofile 65535 65535\nsetuid \"nobody\"\n"));
}

TEST_CASE("The script of an upstart job starts exactly the program", "[host]") {
  const TempDir dir;
  ServiceSpec spec = sample();
  spec.program = "/usr/bin/printf";
  spec.arguments = {"<%s>", "it's", "a b", "$HOME", "`id`", "\\", "\"", "end script", "é", ""};
  const auto [code, output] =
      test::run_program("/bin/sh", {"-e", "-c", script_of(upstart_job(spec, kTrusty))});
  CHECK(code == 0);
  CHECK(output == "<it's><a b><$HOME><`id`><\\><\"><end script><é><>");
}

TEST_CASE("What an upstart job cannot say is refused", "[host]") {
  ServiceSpec spec = sample();
  spec.arguments = {"a\nend script"};
  CHECK_THROWS_WITH(upstart_job(spec, kTrusty), Catch::Contains("newline cannot stand in a script"));
  spec = sample();
  spec.user = "nobody";
  CHECK_THROWS_WITH(upstart_job(spec, {0, 6}),
                    "upstart 0.6 cannot run a job as another user (nobody): use --manager systemv");
  spec.user = "root";
  CHECK_NOTHROW(upstart_job(spec, {0, 6}));
}

TEST_CASE("The version of upstart is read from what initctl says", "[host]") {
  CHECK(parse_upstart_version("init (upstart 1.12.1)\n") == UpstartVersion{1, 12});
  CHECK(parse_upstart_version("init (upstart 0.6.5)") == UpstartVersion{0, 6});
  CHECK_FALSE(parse_upstart_version("systemd 252").has_value());
  CHECK_FALSE(parse_upstart_version("init (upstart .5)").has_value());
  CHECK_FALSE(parse_upstart_version("").has_value());
}

TEST_CASE("The state of an upstart job is read from what initctl says", "[host]") {
  const ServiceState running = parse_upstart_state("x-agent start/running, process 812\n");
  CHECK(running.run == ServiceRun::running);
  CHECK(running.pid == 812);
  CHECK(running.detail.empty());
  CHECK(parse_upstart_state("x-agent stop/waiting").run == ServiceRun::stopped);
  const ServiceState ending = parse_upstart_state("x-agent stop/killed, process 812");
  CHECK(ending.run == ServiceRun::running);
  CHECK(ending.detail == "stop/killed");
  CHECK(parse_upstart_state("x-agent start/post-stop").run == ServiceRun::running);
  const ServiceState unknown = parse_upstart_state("initctl: Unknown job: x-agent\n");
  CHECK(unknown.run == ServiceRun::unknown);
  CHECK(unknown.detail == "initctl: Unknown job: x-agent");
  CHECK(parse_upstart_state("initctl: /com/ubuntu/upstart is away").run == ServiceRun::unknown);
  CHECK(parse_upstart_state("").run == ServiceRun::unknown);
}

TEST_CASE("An upstart service is told to start and to stop only when it must", "[host]") {
  FakeInit init;
  UpstartManager manager(init.machine);
  CHECK(manager.definition_path("x") == "/etc/init/x.conf");
  init.status = "x start/running, process 5\n";
  manager.start("x");
  CHECK(init.lines == std::vector<std::string>{"initctl status x"});
  init.lines.clear();
  manager.stop("x");
  CHECK(init.lines == std::vector<std::string>{"initctl status x", "initctl stop x"});
  init.lines.clear();
  init.status = "x stop/waiting\n";
  manager.stop("x");
  init.coming = {"x stop/waiting\n", "x stop/waiting\n"};
  init.status = "x start/running, process 7\n";
  manager.restart("x");
  init.lines.resize(4);  // afterwards it looks whether it stays
  CHECK(init.lines == std::vector<std::string>{"initctl status x", "initctl status x", "initctl status x",
                                               "initctl start x"});
  init.status = "x stop/waiting\n";
  init.failure = "initctl: Job failed to start\nmore";
  CHECK_THROWS_WITH(manager.start("x"), "initctl start x: initctl: Job failed to start;more");
  init.failure.clear();
  init.lines.clear();
  manager.enable("x");
  CHECK(init.lines == std::vector<std::string>{"initctl reload-configuration"});
  init.version = "init (upstart 0.6.5)\n";
  ServiceSpec spec = sample();
  spec.user = "nobody";
  CHECK_THROWS_WITH(manager.definition(spec), Catch::Contains("upstart 0.6 "));
}

TEST_CASE("An upstart service has started when its program says so, or stays", "[host]") {
  FakeInit init;
  UpstartManager manager(init.machine);
  const std::string self = std::to_string(::getpid());
  init.coming = {"x stop/waiting\n"};
  init.status = "x start/running, process " + self + "\n";
  SECTION("it says so") {
    RunStatusFile file(init.machine.at("/run/x"));
    file.write(RunStatus{});
    CHECK_NOTHROW(manager.start("x"));
    CHECK(init.waited == std::chrono::milliseconds(0));
  }
  SECTION("it says nothing, and lives") {
    CHECK_NOTHROW(manager.start("x"));
    CHECK(init.waited == seconds(5));
  }
  SECTION("it ends with 78") {
    init.coming.push_back(init.status);
    init.status = "x stop/waiting\n";
    CHECK_THROWS_WITH(manager.start("x"), "x ended at once; its log says why");
  }
  SECTION("it ends, and upstart starts another one") {
    init.coming.push_back("x start/running, process 1\n");
    CHECK_THROWS_WITH(manager.start("x"), "x ended at once; its log says why");
  }
}

TEST_CASE("An upstart service that somebody has made manual is not enabled", "[host]") {
  FakeInit init;
  init.status = "x stop/waiting\n";
  UpstartManager manager(init.machine);
  CHECK(manager.state("x").is_enabled);
  std::filesystem::create_directories(init.machine.at("/etc/init"));
  std::ofstream(init.machine.at("/etc/init/x.override")) << "# by hand\nmanual\n";
  CHECK_FALSE(manager.state("x").is_enabled);
}
