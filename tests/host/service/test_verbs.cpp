// What the verbs print and with which code they end: golden files below golden/.
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>

#include "host/service/help.hpp"
#include "host/service/new_directories.hpp"
#include "tests/host/service/golden.hpp"
#include "tests/host/service/service_rig.hpp"

using namespace test;
using agent::host::Connection;
using agent::host::Problem;
using agent::host::RunStatus;

namespace {

const std::string kInstall = std::string("install --conf ") + ServiceRig::kConf;

RunStatus status_of(Connection connection, Problem problem = Problem::none, const std::string& reason = "") {
  RunStatus status;
  status.program = "exec-agent";
  status.version = "2.0.0";
  status.server = "s.example:13081";
  status.id = "node-1";
  status.connection = connection;
  status.problem = problem;
  status.reason = reason;
  return status;
}

std::string told(const ServiceRig& rig) {
  std::string out = "systemctl:\n";
  for (const std::string& line : rig.systemd.told) out += "  " + line + "\n";
  return out;
}

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

void check_golden(const std::string& name, const std::string& text) { CHECK(text == golden(name, text)); }

}  // namespace

TEST_CASE("A service is installed, started, watched and removed", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.says(status_of(Connection::connected));
  const std::string before = rig.files();
  std::string out = rig.type_all({"status", kInstall, kInstall, "status", "start", "status", "status --json",
                                  kInstall, "restart", "stop", "status", "uninstall", "uninstall", "status",
                                  "status --json", "start"});
  check_golden("service-life", out + told(rig));
  CHECK(rig.files() == before);
}

TEST_CASE("What is installed is told when it changes, and an edited definition is kept", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  std::string out = rig.type(kInstall);
  rig.program.profile.description = "another description";
  out += rig.type(kInstall);
  rig.write(ServiceRig::kUnit, rig.read(ServiceRig::kUnit) + "Nice=5\n");
  std::filesystem::create_directories(rig.at("/etc/systemd/system/exec-agent.service.d"));
  rig.write("/etc/systemd/system/exec-agent.service.d/override.conf", "[Service]\nNice=7\n");
  out += rig.type_all({"status", kInstall, "uninstall"});
  check_golden("service-update", out + rig.files());
  CHECK(rig.read("/etc/systemd/system/exec-agent.service.bak").find("Nice=5") != std::string::npos);
}

TEST_CASE("A definition that is not ours is replaced only by force, and kept", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  const std::string original =
      "[Unit]\nDescription=exec-agent\n[Service]\nExecStart=/opt/exec-agent/bin/exec-agent\n";
  rig.write(ServiceRig::kUnit, original);
  std::string out = rig.type_all({kInstall, "uninstall"});
  CHECK(rig.read(ServiceRig::kUnit) == original);
  out += rig.type("install --force --conf " + std::string(ServiceRig::kConf));
  CHECK(rig.read(std::string(ServiceRig::kUnit) + ".bak") == original);
  std::filesystem::remove(rig.at(ServiceRig::kUnit));
  std::filesystem::create_symlink("/dev/null", rig.at(ServiceRig::kUnit));
  out += rig.type(kInstall);
  CHECK(std::filesystem::is_symlink(rig.at(ServiceRig::kUnit)));
  // Only what was said, not the whole unit.
  std::string shown;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("  + ")) shown += line + "\n";
  check_golden("service-not-ours", shown);
}

TEST_CASE("One command brings an agent from its package to its server", "[service]") {
  ServiceRig rig;
  rig.root.write("token", "secret-token-0123456789\n");
  const std::string line = "install --server s.example:13081 --id node-1 --token-file " +
                           rig.root.file("token") + " --conf /etc/new/agent.conf --now";
  rig.says(status_of(Connection::connected));
  std::string out = rig.type_all({line, line});
  CHECK(mode_of(rig.at("/etc/new/agent.conf")) == 0600);
  out += rig.read("/etc/new/agent.conf");
  out += rig.type("install --server other.example:1 --conf /etc/new/agent.conf --now");
  check_golden("service-new", out + told(rig));
  CHECK(rig.waited == std::chrono::milliseconds(0));
}

TEST_CASE("install --now says in plain words why an agent is not connected, and what to do", "[service]") {
  struct Fault {
    Connection connection;
    Problem problem;
    const char* reason;
  };
  const Fault faults[] = {
      {Connection::away, Problem::name_not_found, "resolve s.example: Host not found"},
      {Connection::away, Problem::connection_refused, "connect s.example:13081: Connection refused"},
      {Connection::away, Problem::no_answer, "connect s.example:13081: no answer within 10 s"},
      {Connection::connecting, Problem::none, ""},
      {Connection::away, Problem::not_a_server, "the server answered 404 Not Found"},
      {Connection::away, Problem::disconnected, "the server closed the connection without an answer"},
      {Connection::refused, Problem::certificate, "certificate: self-signed certificate"},
      {Connection::refused, Problem::certificate_name, "certificate: hostname mismatch"},
      {Connection::refused, Problem::certificate_time, "certificate: certificate has expired"},
      {Connection::refused, Problem::client_certificate, "TLS: tlsv13 alert certificate required"},
      {Connection::refused, Problem::token, "the token is missing"},
      {Connection::refused, Problem::id_conflict, "agent id conflict"},
      {Connection::refused, Problem::refused, "try again later"},
      {Connection::away, Problem::other, "something else"},
  };
  std::string out;
  for (const Fault& fault : faults) {
    ServiceRig rig;
    rig.write_conf();
    rig.says(status_of(fault.connection, fault.problem, fault.reason));
    const std::string said = rig.type(kInstall + " --now");
    out += said.substr(said.find("start service"));
    constexpr std::array kAtOnce{Problem::token,
                                 Problem::not_a_server,
                                 Problem::certificate,
                                 Problem::certificate_name,
                                 Problem::certificate_time,
                                 Problem::client_certificate};
    const bool at_once = std::find(kAtOnce.begin(), kAtOnce.end(), fault.problem) != kAtOnce.end();
    CHECK(rig.waited == std::chrono::seconds(at_once ? 0 : 15));
  }
  ServiceRig silent;
  silent.write_conf();
  const std::string said = silent.type(kInstall + " --now");
  out += said.substr(said.find("start service"));
  ServiceRig rig;
  rig.write_conf();
  rig.systemd.on_start = [&rig] {
    rig.systemd.active = "failed", rig.systemd.sub = "failed";
    rig.systemd.more = "Result=exit-code\nExecMainCode=1\nExecMainStatus=78\n";
  };
  out += rig.type_all({kInstall + " --now", "status"});
  check_golden("service-away", out);
}

TEST_CASE("What cannot be installed is said, and nothing is left behind", "[service]") {
  ServiceRig rig;
  const std::string before = rig.files();
  std::string out = rig.type(kInstall);  // no file
  rig.write("/etc/exec-agent/bad.conf", "basic.server = s:1\nbad = 1\n");
  out += rig.type("install --conf /etc/exec-agent/bad.conf");
  std::filesystem::remove(rig.at("/etc/exec-agent/bad.conf"));
  out += rig.type_all({"install", "install --conf", "install --conf /x --nonsense"});
  out += rig.type_all({"install --conf /x --manager openrc", "install --conf /x --id i"});
  out += rig.type_words({"install", "--conf", "/etc/new/a.conf", "--server", "s\nbasic.id = x"});
  out += rig.type("install --conf /etc/new/a.conf --server s:1 --token-file /nothing/there");
  out += rig.type("install --conf /etc/new/below/a.conf --server s:1 --user nobody-of-that-name");
  rig.write("/etc/exec-agent/token", "secret-token-0123456789\n");
  rig.systemd.fails["enable"] = {1, "Failed to enable unit: File exists\n"};
  out += rig.type("install --conf /etc/new/below/a.conf --server s:1 --token-file " +
                  rig.at("/etc/exec-agent/token"));
  rig.systemd.fails.clear();
  std::filesystem::remove(rig.at("/etc/exec-agent/token"));
  rig.write_conf();
  out += rig.type(kInstall + " --user nobody-of-that-name");
  rig.systemd.fails["enable"] = {1, "Failed to enable unit: File exists\n"};
  out += rig.type(kInstall);
  rig.systemd.fails.clear();
  std::filesystem::remove(rig.at(ServiceRig::kConf));
  check_golden("service-refused", out);
  CHECK(rig.files() == before);
}

TEST_CASE("Directories of a service that was not installed are gone again, unless somebody uses them",
          "[service]") {
  ServiceRig rig;
  rig.write_conf("basic.server = s:1\nbasic.log.dir = /srv/a/logs\n");
  rig.systemd.fails["enable"] = {1, "no\n"};
  rig.type(kInstall);
  CHECK(rig.last_code == 1);
  CHECK_FALSE(rig.exists("/srv"));
  std::filesystem::create_directories(rig.at("/srv/a"));
  rig.type(kInstall);
  CHECK(rig.exists("/srv/a"));  // was there before
  CHECK_FALSE(rig.exists("/srv/a/logs"));
  rig.systemd.fails.clear();
  rig.type(kInstall);
  CHECK(rig.last_code == 0);
  CHECK(rig.exists("/srv/a/logs"));

  const test::TempDir root;
  {
    host::NewDirectories made;
    made.make(root.file("x/y/z"), 0755);
    std::filesystem::create_directory(root.file("x/another"));
  }
  CHECK_FALSE(std::filesystem::exists(root.file("x/y")));
  CHECK(std::filesystem::exists(root.file("x/another")));
}

TEST_CASE("The verbs say what to type where there is no root, or no service manager", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.machine.is_root = false;
  std::string out = rig.type_words({"install", "--conf", "/etc/exec agent/it's.conf"});
  out += rig.type_all({"stop", "status"});
  rig.machine.is_root = true;
  std::filesystem::remove_all(rig.at("/run/systemd"));
  out += rig.type_all({kInstall, "start"});
  check_golden("service-cannot", out);
}

TEST_CASE("uninstall --purge removes what is the service's own, and nothing else", "[service]") {
  ServiceRig rig;
  rig.write_conf("basic.server = s:1\nbasic.log.dir = /srv/logs\n");
  std::filesystem::create_directories(rig.at("/srv/logs"));
  std::filesystem::create_directories(rig.at("/var/lib/exec-agent/outbox"));
  rig.write("/srv/logs/exec-agent.log", "x");
  rig.write("/srv/logs/exec-agent.log.3", "x");
  rig.write("/srv/logs/another.log", "x");
  std::string out = rig.type_all({kInstall, "uninstall --purge", "uninstall --purge"});
  check_golden("service-purge", out);
  CHECK_FALSE(rig.exists("/var/lib/exec-agent"));
  CHECK_FALSE(rig.exists("/srv/logs/exec-agent.log.3"));
  CHECK_FALSE(rig.exists(ServiceRig::kConf));
  CHECK(rig.exists("/srv/logs/another.log"));
}

TEST_CASE("A restart that is ordered by a command of the same agent goes on without it", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.type(kInstall);
  rig.systemd.fails["restart"] = {128 + 15, ""};
  CHECK(rig.type("restart").ends_with("[1]\n"));
  rig.machine.is_in_command = true;
  CHECK(rig.type("restart") ==
        "$ exec-agent restart\nrestart service goes on: systemd goes on with it\n[0]\n");
}

TEST_CASE("A configuration that has been moved away since is told by status", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.type(kInstall);
  CHECK(rig.type("status").find("missing:") == std::string::npos);
  std::filesystem::rename(rig.at(ServiceRig::kConf), rig.at("/etc/exec-agent/moved.conf"));
  CHECK(rig.type("status").find("  missing:    /etc/exec-agent/agent.conf\n") != std::string::npos);
}

TEST_CASE("An upgraded program is started again by install --now, though its definition stays", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  rig.says(status_of(Connection::connected));
  rig.type(kInstall + " --now");
  rig.systemd.told.clear();
  rig.type(kInstall + " --now");
  CHECK(told(rig).find("start exec-agent") == std::string::npos);
  std::filesystem::create_directories(rig.at("/proc/" + std::to_string(rig.systemd.pid)));
  std::filesystem::create_symlink(rig.at("/gone"),
                                  rig.at("/proc/" + std::to_string(rig.systemd.pid) + "/exe"));
  CHECK(rig.type(kInstall + " --now").find("restart service success\nconnected to") != std::string::npos);
}

TEST_CASE("Lines of an environment file that systemd takes otherwise are warned about", "[service]") {
  ServiceRig rig;
  rig.write_conf();
  std::filesystem::create_directories(rig.at("/etc/default"));
  rig.write("/etc/default/exec-agent", "# x\nexport A=1\nB=$HOME/x\nC='$literal'\nD=\"quoted\"\nnonsense\n");
  const std::string out = rig.type(kInstall);
  check_golden("service-environment", out);
}

TEST_CASE("Each verb has a page of help", "[service]") {
  ServiceRig agent;
  ServiceRig server(agent::host::ServiceProgram::Kind::server);
  server.program.name = "agent-server";
  for (const char* verb : {"install", "uninstall", "start", "stop", "restart", "status"}) {
    check_golden(std::string("help-agent-") + verb, agent.type_words({verb, "--help"}));
    check_golden(std::string("help-server-") + verb, server.type_words({"-h", verb}));
  }
  check_golden("help-agent-run", agent::host::run_help(agent.program));
  check_golden("help-server-run", agent::host::run_help(server.program));
  check_golden("help-agent-validate", agent::host::validate_help(agent.program));
  check_golden("help-server-validate", agent::host::validate_help(server.program));
}

TEST_CASE("The originals' and the classics' forms are ours", "[service]") {
  using agent::host::plain_arguments;
  const auto plain = [](std::vector<const char*> argv) {
    argv.insert(argv.begin(), "agent");
    return plain_arguments(static_cast<int>(argv.size()), argv.data());
  };
  using Words = std::vector<std::string>;
  CHECK(plain({"-conf", "/f", "-act", "install"}) == Words{"install", "--conf", "/f"});
  CHECK(plain({"-conf=/f", "-action=uninstall"}) == Words{"uninstall", "--conf=/f"});
  CHECK(plain({"--act", "install"}) == Words{"install"});
  CHECK(plain({"-act", ""}).empty());
  CHECK(plain({"-version"}) == Words{"--version"});
  CHECK(plain({"run", "--conf", "/f"}) == Words{"run", "--conf", "/f"});
  CHECK(plain({"-h"}) == Words{"-h"});
  ServiceRig rig;
  CHECK(rig.type("--conf install run").ends_with("[-1]\n"));  // a file of that name
  CHECK(rig.type("run --conf /f").ends_with("[-1]\n"));
  CHECK(rig.type("").ends_with("[-1]\n"));
  CHECK(rig.type("--conf /f status").ends_with("[4]\n"));
}
