#include "host/service/systemv.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/error.hpp"
#include "host/user_account.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent::host;
using test::Program;
using test::TempDir;

namespace {

std::string text_of(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> shells() {
  std::vector<std::string> found;
  for (const char* path : {"/bin/dash", "/bin/bash --posix", "/bin/busybox sh"})
    if (std::filesystem::exists(std::string(path).substr(0, std::string(path).find(' '))))
      found.push_back(path);
  return found;
}

// A program that runs the daemon's part as the script sees it: it notes its arguments and environment, and
// says what the test wants it to say.
class ScriptScene {
 public:
  explicit ScriptScene(std::string shell = "/bin/sh", const std::string& odd = "") {
    places.shell = std::move(shell);
    places.run = places.log = places.status = dir.path();
    places.defaults = dir.file("default");
    places.sysconfig = dir.file("sysconfig");
    places.subsys = dir.file("subsys");
    std::filesystem::create_directory(places.defaults);
    std::filesystem::create_directory(places.sysconfig);
    spec.name = "odd-agent";
    spec.description = "An agent";
    spec.program =
        dir.write("program" + odd,
                  "#!/bin/sh\n"
                  "dir='" +
                      dir.path() +
                      "'\n"
                      "case \" $* \" in\n"
                      "  *' --status '*) [ -e \"$dir/runs\" ] && exit 0; exit 3 ;;\n"
                      "  *' --stop '*) rm -f \"$dir/runs\" ;;\n"
                      "  *' --reload '*) [ -e \"$dir/runs\" ] || exit 7 ;;\n"
                      "  *) : > \"$dir/runs\"; env > \"$dir/environment\"; ulimit -n > \"$dir/limit\" ;;\n"
                      "esac\n"
                      "for word in \"$@\"; do printf '<%s>' \"$word\"; done > \"$dir/arguments\"\n"
                      "[ -e \"$dir/code\" ] && exit \"$(cat \"$dir/code\")\"\n"
                      "exit 0\n");
    ::chmod(spec.program.c_str(), 0755);
    spec.arguments = {"run", "--conf", "/etc/odd" + odd + ".conf"};
  }

  // The exit code of the script's verb.
  int call(const std::string& verb) {
    const std::string script = dir.write("script", systemv_script(spec, places));
    Program::Arguments words;
    std::istringstream shell(places.shell);
    std::string first, word;
    shell >> first;
    while (shell >> word) words.push_back(word);
    words.push_back(script);
    if (!verb.empty()) words.push_back(verb);
    Program program(first, words, {{"STRAY", "1"}});
    const int code = program.wait();
    output = program.output();
    return code;
  }
  std::string arguments() const { return text_of(dir.file("arguments")); }
  std::string environment() const { return text_of(dir.file("environment")); }
  void set_running(bool runs) const {
    if (runs) {
      std::ofstream(dir.file("runs")) << "";
    } else {
      std::filesystem::remove(dir.file("runs"));
    }
  }
  void set_code(int code) const { std::ofstream(dir.file("code")) << code; }
  std::string start_words(const std::string& odd = "") const {
    return "<run><--conf></etc/odd" + odd + ".conf><--daemon><--pid-file><" + dir.path() +
           "/odd-agent.pid><--output><" + dir.path() + "/odd-agent.out>";
  }

  TempDir dir;
  SystemvPlaces places;
  ServiceSpec spec;
  std::string output;
};

// A machine whose commands are noted; `there`: those that exist.
struct FakeMachine {
  explicit FakeMachine(std::vector<std::string> there) {
    machine.root = dir.path();
    machine.is_root = true;
    machine.run = [this, there](const std::vector<std::string>& command, std::chrono::seconds) {
      std::string line;
      for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
      if (std::find(there.begin(), there.end(), command.front()) == there.end())
        return CommandResult{127, "no such command"};
      lines.push_back(line);
      return answer;
    };
  }
  TempDir dir;
  ServiceMachine machine;
  std::vector<std::string> lines;
  CommandResult answer;
};

}  // namespace

TEST_CASE("A System V script is a script for every shell", "[host]") {
  for (const std::string& shell : shells()) {
    INFO(shell);
    ScriptScene scene(shell);
    scene.spec.user = "nobody";
    scene.spec.open_files = 65535;
    const std::string script = scene.dir.write("checked", systemv_script(scene.spec));
    std::istringstream words(shell);
    std::string first, option;
    Program::Arguments arguments;
    words >> first;
    while (words >> option) arguments.push_back(option);
    arguments.insert(arguments.end(), {"-n", script});
    CHECK(test::run_program(first, arguments) == std::pair(0, std::string()));
  }
}

TEST_CASE("Each verb of a System V script does what LSB says, in every shell", "[host]") {
  if (::geteuid() != 0) return;
  for (const std::string& shell : shells()) {
    INFO(shell);
    ScriptScene scene(shell);
    CHECK(scene.call("status") == 3);
    CHECK(scene.call("try-restart") == 0);
    CHECK(scene.call("force-reload") == 0);
    CHECK_FALSE(std::filesystem::exists(scene.dir.file("runs")));
    CHECK(scene.call("reload") == 7);

    CHECK(scene.call("start") == 0);
    CHECK(scene.arguments() == scene.start_words());
    CHECK(scene.call("status") == 0);
    std::filesystem::remove(scene.dir.file("arguments"));
    CHECK(scene.call("start") == 0);
    CHECK(scene.output == "odd-agent is already running\n");
    CHECK_FALSE(std::filesystem::exists(scene.dir.file("arguments")));
    CHECK(scene.call("reload") == 0);
    for (const char* verb : {"restart", "try-restart", "force-reload"}) {
      CHECK(scene.call(verb) == 0);
      CHECK(scene.arguments() == scene.start_words() + "<--replace>");
    }
    CHECK(scene.call("stop") == 0);
    CHECK(scene.call("stop") == 0);
    CHECK(scene.call("restart") == 0);  // starts a stopped one

    CHECK(scene.call("") == 2);
    CHECK(scene.call("dance") == 2);
    CHECK_THAT(scene.output, Catch::Contains("{start|stop|restart|try-restart|reload|force-reload|status}"));

    scene.set_running(false);
    scene.set_code(78);
    CHECK(scene.call("start") == 6);
    CHECK(scene.call("restart") == 6);
    scene.set_running(false);
    scene.set_code(1);
    scene.spec.program += "-gone";
    CHECK(scene.call("start") == 5);
    CHECK(scene.call("status") == 4);
    CHECK_THAT(scene.output, Catch::Contains("odd-agent: no program " + scene.spec.program));
  }
}

TEST_CASE("A System V script passes on exactly the arguments it was made for", "[host]") {
  if (::geteuid() != 0) return;
  const std::string odd = " a'b\"c$HOME`id`%n\\n\\\t*?~#&;|<>(){}[]!=é\xE9\x1b-";
  for (const std::string& shell : shells()) {
    INFO(shell);
    ScriptScene scene(shell, odd);
    CHECK(scene.call("start") == 0);
    CHECK(scene.arguments() == scene.start_words(odd));
    scene.spec.arguments.push_back("");
    scene.spec.arguments.push_back("'");
    scene.spec.arguments.push_back("-n");
    CHECK(scene.call("restart") == 0);
    CHECK_THAT(scene.arguments(), Catch::Contains("<><'><-n><--daemon>"));
  }
}

TEST_CASE("A newline in a path cannot stand in a script", "[host]") {
  ServiceSpec spec{.name = "x", .description = "x", .program = "/bin/a\nb", .arguments = {}, .user = {}};
  CHECK_THROWS_WITH(systemv_script(spec), "program '/bin/a': a newline cannot stand in a script");
  spec.program = "/bin/a";
  spec.arguments = {"--conf", "/etc/\n"};
  CHECK_THROWS_WITH(systemv_script(spec), "argument '/etc/': a newline cannot stand in a script");
}

TEST_CASE("A System V script gives the program a clean environment and the administrator's settings",
          "[host]") {
  if (::geteuid() != 0) return;
  for (const std::string& shell : shells()) {
    INFO(shell);
    ScriptScene scene(shell);
    std::ofstream(scene.places.defaults + "/odd-agent")
        << "FIRST='a b'\nBOTH=1\nexport THIRD=\"$FIRST c\"\n"
           "name=x program=y pid_file=z PATH=\"$PATH:/opt\"\n";
    std::ofstream(scene.places.sysconfig + "/odd-agent") << "BOTH=2\n";
    CHECK(scene.call("start") == 0);
    CHECK(scene.arguments() == scene.start_words());
    const std::string environment = "\n" + scene.environment();
    CHECK_THAT(environment, Catch::Contains("\nFIRST=a b\n"));
    CHECK_THAT(environment, Catch::Contains("\nTHIRD=a b c\n"));
    CHECK_THAT(environment, Catch::Contains("\nBOTH=2\n"));
    CHECK_THAT(environment, Catch::Contains(":/opt\n"));
    CHECK_THAT(environment, !Catch::Contains("STRAY"));
    CHECK_THAT(environment, !Catch::Contains("AGENT_SERVICE_SCRIPT"));

    scene.set_running(false);
    std::ofstream(scene.places.defaults + "/odd-agent") << "if then 'x\n";
    CHECK(scene.call("start") == 6);
    CHECK_FALSE(std::filesystem::exists(scene.dir.file("runs")));
    scene.set_running(true);
    CHECK(scene.call("stop") == 0);  // needs no settings
  }
}

TEST_CASE("Programs below /usr/local are found under System V as under systemd", "[host]") {
  if (::geteuid() != 0) return;
  ScriptScene scene;
  CHECK(scene.call("start") == 0);
  CHECK_THAT("\n" + scene.environment(),
             Catch::Contains("\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"));
}

TEST_CASE("A System V script leaves the file by which Red Hat's shutdown stops a service", "[host]") {
  if (::geteuid() != 0) return;
  ScriptScene scene;
  CHECK(scene.call("start") == 0);
  CHECK_FALSE(std::filesystem::exists(scene.places.subsys));
  std::filesystem::create_directory(scene.places.subsys);
  const std::string file = scene.places.subsys + "/odd-agent";
  for (const char* verb : {"start", "restart"}) {
    CHECK(scene.call(verb) == 0);
    CHECK(std::filesystem::exists(file));
    CHECK(scene.call("stop") == 0);
    CHECK_FALSE(std::filesystem::exists(file));
  }
  scene.set_code(1);
  scene.set_running(true);
  CHECK(scene.call("restart") == 1);
  CHECK_FALSE(std::filesystem::exists(file));
  scene.set_running(false);
  scene.set_code(7);  // ended at once, and is tried again
  CHECK(scene.call("start") == 7);
  CHECK(std::filesystem::exists(file));
}

TEST_CASE("A System V script passes on user and limit of open files", "[host]") {
  if (::geteuid() != 0) return;
  ScriptScene scene;
  scene.spec.user = "nobody";
  scene.spec.open_files = 321;
  CHECK(scene.call("start") == 0);
  CHECK(scene.arguments() == scene.start_words() + "<--user><nobody>");
  CHECK(text_of(scene.dir.file("limit")) == "321\n");
}

TEST_CASE("A System V service of another user has a place for its state, and one for its status", "[host]") {
  if (::geteuid() != 0) return;
  for (const std::string& shell : shells()) {
    INFO(shell);
    ScriptScene scene(shell);
    scene.spec.user = "nobody";
    CHECK(scene.call("start") == 0);
    const std::string environment = "\n" + scene.environment();
    const std::string status = scene.places.status + "/odd-agent";
    CHECK_THAT(environment, Catch::Contains("\nSTATE_DIRECTORY=/var/lib/odd-agent\n"));
    CHECK_THAT(environment, Catch::Contains("\nRUNTIME_DIRECTORY=" + status + "\n"));
    struct stat made {};
    REQUIRE(::stat(status.c_str(), &made) == 0);
    CHECK(made.st_uid == agent::host::find_user("nobody").id);
    CHECK(scene.call("stop") == 0);
    CHECK_FALSE(std::filesystem::exists(status));
  }
}

TEST_CASE("A System V script has the heads that insserv and chkconfig read", "[host]") {
  const ServiceSpec spec{
      .name = "x-agent", .description = "Runs things", .program = "/bin/x", .arguments = {}, .user = {}};
  CHECK_THAT(systemv_script(spec), Catch::StartsWith("#!/bin/sh\n"
                                                     "### BEGIN INIT INFO\n"
                                                     "# Provides:          x-agent\n"
                                                     "# Required-Start:    $remote_fs\n"
                                                     "# Required-Stop:     $remote_fs\n"));
  CHECK_THAT(systemv_script(spec), Catch::Contains("# Default-Start:     2 3 4 5\n"
                                                   "# Default-Stop:      0 1 6\n"
                                                   "# Short-Description: Runs things\n"));
  CHECK_THAT(systemv_script(spec),
             Catch::Contains("\n# chkconfig: 2345 90 10\n# description: Runs things\n"));
}

TEST_CASE("The links of a System V service are made by what the machine has", "[host]") {
  using Lines = std::vector<std::string>;
  const auto lines = [](std::vector<std::string> there) {
    FakeMachine fake(std::move(there));
    SystemvManager manager(fake.machine);
    manager.enable("x");
    manager.disable("x");
    return fake.lines;
  };
  const Lines debian = {"update-rc.d x defaults", "update-rc.d -f x remove"};
  CHECK(lines({"insserv", "chkconfig", "update-rc.d"}) == debian);
  const Lines redhat = {"chkconfig --add x", "chkconfig x on", "chkconfig --del x"};
  CHECK(lines({"insserv", "chkconfig"}) == redhat);
  const Lines suse = {"insserv x", "insserv -r x"};
  CHECK(lines({"insserv"}) == suse);

  FakeMachine bare({});
  SystemvManager manager(bare.machine);
  CHECK_THROWS_WITH(manager.enable("x"), Catch::Contains("neither update-rc.d nor chkconfig nor insserv"));
  CHECK_NOTHROW(manager.disable("x"));

  FakeMachine failing({"insserv"});
  failing.answer = {1, "insserv: cannot\nmore"};
  SystemvManager unlucky(failing.machine);
  CHECK_THROWS_WITH(unlucky.enable("x"), "insserv x: insserv: cannot;more");
}

TEST_CASE("A System V service is started and watched by its script", "[host]") {
  FakeMachine fake({});
  std::filesystem::create_directories(fake.machine.at("/etc/init.d"));
  std::filesystem::create_directories(fake.machine.at("/etc/rc3.d"));
  const std::string script = fake.machine.at("/etc/init.d/x");
  fake.machine.run = [&](const std::vector<std::string>& command, std::chrono::seconds) {
    fake.lines.push_back(command.at(0) + " " + command.at(1));
    return fake.answer;
  };
  SystemvManager manager(fake.machine);
  CHECK(manager.definition_path("x") == "/etc/init.d/x");
  manager.start("x");
  manager.restart("x");
  manager.stop("x");
  CHECK(fake.lines == std::vector<std::string>{script + " start", script + " restart", script + " stop"});

  fake.answer = {0, "x-agent is running as process 812\n"};
  ServiceState state = manager.state("x");
  CHECK(state.run == ServiceRun::running);
  CHECK(state.pid == 812);
  CHECK_FALSE(state.is_enabled);
  CHECK(state.since == std::chrono::system_clock::time_point());

  std::filesystem::create_symlink("../init.d/x", fake.machine.at("/etc/rc3.d/S20x"));
  std::filesystem::create_directories(fake.machine.at("/var/run"));
  std::ofstream(fake.machine.at("/var/run/x.pid")) << "812\n";
  state = manager.state("x");
  CHECK(state.is_enabled);
  CHECK(state.since > std::chrono::system_clock::time_point());

  fake.answer = {3, "x-agent is not running\n"};
  CHECK(manager.state("x").run == ServiceRun::stopped);
  fake.answer = {1, "x-agent is not running, but the pid file /run/x.pid exists\n"};
  CHECK(manager.state("x").run == ServiceRun::failed);
  CHECK_THAT(manager.state("x").detail, Catch::Contains("pid file"));
  fake.answer = {4, "x: no program /bin/x\n"};
  CHECK(manager.state("x").run == ServiceRun::unknown);
}

TEST_CASE("A machine with scripts only in /etc/rc.d/init.d gets its script there", "[host]") {
  FakeMachine fake({});
  std::filesystem::create_directories(fake.machine.at("/etc/rc.d/init.d"));
  CHECK(SystemvManager(fake.machine).definition_path("x") == "/etc/rc.d/init.d/x");
}
