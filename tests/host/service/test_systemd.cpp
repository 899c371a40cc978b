// Unit files: text for each version of systemd, words that come back as they went in, systemd's own
// judgement.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "agent/error.hpp"
#include "host/service/stamp.hpp"
#include "host/service/systemd.hpp"
#include "host/service/systemd_unit.hpp"
#include "host/service/systemd_words.hpp"
#include "tests/host/service/golden.hpp"
#include "tests/support/temp_dir.hpp"

using namespace agent::host;
using agent::Confinement;

namespace {

constexpr unsigned kVersions[] = {219, 228, 229, 232, 234, 237, 239, 241, 245, 249, 252, 255, 257};

ServiceSpec agent_spec(Confinement confinement) {
  ServiceSpec spec;
  spec.name = confinement == Confinement::commands ? "exec-agent" : "example-agent";
  spec.description = spec.name;
  spec.program = "/opt/" + spec.name + "/bin/" + spec.name;
  spec.arguments = {"run", "--conf", "/opt/" + spec.name + "/conf/agent.conf"};
  spec.delegate = true;
  spec.confinement = confinement;
  spec.writable = {"/opt/" + spec.name + "/conf", "/opt/" + spec.name + "/bin/logs"};
  spec.readable = {"/opt/" + spec.name + "/conf/agent.conf"};
  return spec;
}

ServiceSpec server_spec() {
  ServiceSpec spec;
  spec.name = "agent-server";
  spec.description = "agent-server: agents connect to it";
  spec.program = "/opt/agent-server/bin/agent-server";
  spec.arguments = {"run", "--conf", "/opt/agent-server/conf/server.conf"};
  spec.low_ports = true;
  spec.open_files = 65535;
  spec.writable = {"/opt/agent-server/data"};
  return spec;
}

std::string golden_unit(const ServiceSpec& spec, unsigned version) {
  const std::string unit = systemd_unit(spec, version);
  CHECK(unit == test::golden("unit-" + spec.name + "-" + std::to_string(version), unit));
  return unit;
}

// From the manuals' "Added in version", for what 219 does not know yet.
const std::map<std::string, unsigned> kAdded{
    {"TasksMax", 227},
    {"StartLimitIntervalSec", 230},
    {"MemoryDenyWriteExecute", 231},
    {"RestrictRealtime", 231},
    {"ReadWritePaths", 231},
    {"ProtectKernelTunables", 232},
    {"ProtectKernelModules", 232},
    {"ProtectControlGroups", 232},
    {"RestrictNamespaces", 233},
    {"StateDirectory", 235},
    {"StateDirectoryMode", 235},
    {"LogsDirectory", 235},
    {"LogsDirectoryMode", 235},
    {"KeyringMode", 235},
    {"LockPersonality", 235},
    {"AmbientCapabilities", 229},
    {"PrivateMounts", 239},
    {"WatchdogSignal", 240},
    {"RestrictSUIDSGID", 242},
    {"ProtectHostname", 242},
    {"OOMPolicy", 243},
    {"ProtectKernelLogs", 244},
    {"ProtectClock", 245},
    {"ProtectProc", 247},
    {"ProcSubset", 247},
    {"RestartSteps", 254},
    {"RestartMaxDelaySec", 254},
    {"DelegateSubgroup", 254},
};

void check_keys(const std::string& unit, unsigned version) {
  CAPTURE(version);
  std::istringstream lines(unit);
  for (std::string line; std::getline(lines, line);) {
    const auto added = kAdded.find(line.substr(0, line.find('=')));
    if (added == kAdded.end()) continue;
    CAPTURE(line);
    CHECK(added->second <= version);
  }
  if (version < 232) CHECK(unit.find("=strict") == std::string::npos);
  if (version < 239) CHECK(unit.find("@system-service") == std::string::npos);
  if (version < 231) CHECK(unit.find("=-+") == std::string::npos);
}

std::string run_shell(const std::string& line) {
  std::string out;
  FILE* pipe = ::popen((line + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) out += static_cast<char>(c);
  ::pclose(pipe);
  return out;
}

bool has_systemd_analyze() { return run_shell("command -v systemd-analyze") != ""; }

double exposure(const std::string& unit, const std::string& name) {
  test::TempDir dir;
  dir.write(name + ".service", unit);
  const std::string said =
      run_shell("systemd-analyze security --offline=yes --no-pager " + dir.file(name + ".service"));
  const std::size_t at = said.rfind(": ");
  INFO(said);
  REQUIRE(at != std::string::npos);
  return std::stod(said.substr(at + 2));
}

// As systemd reads a quoted word with C escapes, then specifiers, then variables (systemd.syntax(7)).
std::string read_back(std::string_view word) {
  std::string text;
  if (word.front() == '"') word = word.substr(1, word.size() - 2);
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\') {
      REQUIRE(word[i + 1] == 'x');
      text += static_cast<char>(std::stoi(std::string(word.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      REQUIRE((word[i] != '"' && word[i] != '\'' && word[i] != '\n'));
      text += word[i];
    }
  }
  for (const char* doubled : {"%%", "$$"}) {
    for (std::size_t i = 0; (i = text.find(doubled[0], i)) != std::string::npos; ++i) {
      REQUIRE(text.substr(i, 2) == doubled);
      text.erase(i, 1);
    }
  }
  return text;
}

std::string refusal(const std::function<void()>& step) {
  try {
    step();
  } catch (const agent::Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("A unit has no key that its systemd does not know", "[service]") {
  for (unsigned version : kVersions) {
    check_keys(systemd_unit(server_spec(), version), version);
    for (Confinement confinement : {Confinement::strict, Confinement::observer, Confinement::commands}) {
      ServiceSpec spec = agent_spec(confinement);
      check_keys(systemd_unit(spec, version), version);
      spec.user = "agent";
      check_keys(systemd_unit(spec, version), version);
    }
  }
}

TEST_CASE("Units are as they were read and found good", "[service]") {
  for (unsigned version : {219U, 252U, 257U}) golden_unit(agent_spec(Confinement::commands), version);
  for (unsigned version : {219U, 252U}) golden_unit(server_spec(), version);
  const std::string example = golden_unit(agent_spec(Confinement::strict), 252);
  CHECK(example.find("DelegateSubgroup") == std::string::npos);  // docs/decisions/services.md
}

TEST_CASE("systemd itself finds nothing wrong with the units, and judges how far they are shut in",
          "[service]") {
  if (!has_systemd_analyze()) return;
  test::TempDir dir;
  std::vector<ServiceSpec> specs{server_spec(), agent_spec(Confinement::strict),
                                 agent_spec(Confinement::observer), agent_spec(Confinement::commands)};
  for (ServiceSpec& spec : specs) {
    const double found = exposure(systemd_unit(spec, 252), spec.name);
    WARN(spec.name << " (" << static_cast<int>(spec.confinement) << "): exposure " << found);
    if (spec.confinement == Confinement::strict) CHECK(found <= 2.5);
    spec.program = "/bin/true";  // verify looks for it
    const std::string path = dir.write(spec.name + ".service", systemd_unit(spec, 252));
    CHECK(run_shell("systemd-analyze verify " + path) == "");
  }
}

TEST_CASE("systemd finds programs whose paths need care", "[service]") {
  if (!has_systemd_analyze()) return;
  test::TempDir dir;
  for (const char* name :
       {"a b", "a%b", "a$b", "a$$b", "a${HOME}b", "ü中", "a;b", "a#b", "a&b|c", "a*?[b]", "{a}!"}) {
    CAPTURE(name);
    ServiceSpec spec = server_spec();
    spec.program = dir.file(name);
    std::filesystem::copy("/bin/true", spec.program);
    const std::string unit = dir.write("agent-server.service", systemd_unit(spec, 252));
    CHECK(run_shell("systemd-analyze verify " + unit) == "");
    spec.program += "-missing";  // so that the test can fail
    dir.write("agent-server.service", systemd_unit(spec, 252));
    CHECK(run_shell("systemd-analyze verify " + unit).find("not executable") != std::string::npos);
  }
}

TEST_CASE("Arguments come back from a unit as they went in", "[service]") {
  for (const char* argument :
       {"", "plain", "a b", "%n %% %", "$HOME ${X} $$", "\"quoted\"", "it's", "a\\b\\", "line\nline", "\ttab",
        "ü中", ";", "a;b", "#c", "\x01\x7f", "/opt/a b/%i$x'.conf"}) {
    CAPTURE(argument);
    CHECK(read_back(systemd_argument(argument, 252)) == argument);
  }
  CHECK(systemd_argument("/opt/x/agent.conf", 219) == "/opt/x/agent.conf");
}

TEST_CASE("What systemd cannot be told is refused with the character's name", "[service]") {
  const auto program = [](const std::string& path, unsigned version) {
    return refusal([&] { systemd_program(path, version); });
  };
  CHECK(program("/opt/a\"b", 252) ==
        "program '/opt/a\"b': systemd cannot run a program with the character '\"' in its path");
  CHECK(program("/opt/a\\b", 252).find("the character '\\'") != std::string::npos);
  CHECK(program("/opt/it's", 252).find("the character \"'\"") != std::string::npos);
  CHECK(program("/opt/a\nb", 252).find("a newline") != std::string::npos);
  CHECK(program("/opt/a\xff", 252).find("takes only UTF-8, and the byte 0xff is none") != std::string::npos);
  CHECK(program("/opt/a%b", 219).find("systemd 219 cannot run a program with the character '%'") !=
        std::string::npos);
  CHECK(program("/opt/a%b", 239) == "");
  CHECK(refusal([] { systemd_argument("a\xc3", 252); }).find("the byte 0xc3") != std::string::npos);
  CHECK(refusal([] { systemd_argument("$x", 219); }).find("begins with '$'") != std::string::npos);
  ServiceSpec spec = server_spec();
  spec.arguments.back() = "/" + std::string(3000, 'x');
  CHECK(refusal([&] { systemd_unit(spec, 219); }).find("lines of at most 2047 bytes") != std::string::npos);
  CHECK(refusal([&] { systemd_unit(spec, 252); }) == "");
}

TEST_CASE("A name that cannot be a unit is refused", "[service]") {
  const std::string long_name(300, 'a');
  for (const std::string& name :
       {std::string("a b"), std::string("../x"), std::string(""), std::string("-x"), std::string(".x"),
        std::string("a/b"), std::string("a@b"), std::string("ü"), std::string("a\nb"), long_name}) {
    CAPTURE(name);
    ServiceSpec spec = server_spec();
    spec.name = name;
    CHECK(refusal([&] { systemd_unit(spec, 252); }).starts_with("service name '"));
  }
  CHECK(refusal([] { check_service_name("a b"); }) ==
        "service name 'a b': a blank is not allowed; want letters, digits, '-', '_' and '.'");
  CHECK(refusal([] { check_service_name("exec-agent_2.x"); }) == "");
  ServiceSpec relative = server_spec();
  relative.program = "bin/agent-server";
  CHECK(refusal([&] { systemd_unit(relative, 252); }).find("a relative path") != std::string::npos);
}

TEST_CASE("What a program needs stays open: homes, /tmp, paths that no unit can name", "[service]") {
  ServiceSpec spec = server_spec();
  spec.readable = {"/home/me/server.conf"};
  CHECK(systemd_unit(spec, 252).find("# Not ProtectHome=yes: the program or a file of its is in /home.") !=
        std::string::npos);
  CHECK(systemd_unit(spec, 252).find("\nPrivateTmp=yes") != std::string::npos);
  spec.readable = {"/homework/x"};
  CHECK(systemd_unit(spec, 252).find("\nProtectHome=yes") != std::string::npos);
  spec.writable = {"/tmp/data"};
  CHECK(systemd_unit(spec, 252).find("# Not PrivateTmp=yes") != std::string::npos);
  spec.writable = {"/srv/a b"};
  CHECK(systemd_unit(spec, 252).find("\nReadWritePaths=\"-/srv/a b\"\n") != std::string::npos);
  spec.writable = {"/srv/100%"};
  CHECK(systemd_unit(spec, 252).find("# Not ProtectSystem=strict") != std::string::npos);
}

TEST_CASE("The version of systemd is read, and an unknown one is the oldest", "[service]") {
  CHECK(parse_systemd_version("systemd 219\n+PAM").value() == 219);
  CHECK(parse_systemd_version("systemd 257.3-1~arch (257.3)").value() == 257);
  CHECK_FALSE(parse_systemd_version("systemctl: command not found"));
  CHECK_FALSE(parse_systemd_version("systemd x"));
}

TEST_CASE("The state of a unit is told in words", "[service]") {
  using namespace std::chrono;
  const system_clock::time_point now{hours(1000)};
  const auto state = [&](const std::string& text) { return parse_systemd_state(text, now, seconds(500)); };
  const ServiceState running = state(
      "LoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=enabled\nMainPID=42\n"
      "ActiveEnterTimestampMonotonic=100000000\nNRestarts=2\nResult=success");
  CHECK(running.run == ServiceRun::running);
  CHECK(running.is_enabled);
  CHECK(running.pid == 42);
  CHECK(running.since == now - seconds(400));
  CHECK(running.detail == "restarted 2 times");
  CHECK(state("ActiveState=inactive\nSubState=dead").run == ServiceRun::stopped);
  CHECK(state("ActiveState=activating\nSubState=start").detail == "activating");
  const ServiceState again =
      state("ActiveState=activating\nSubState=auto-restart\nExecMainCode=1\nExecMainStatus=1");
  CHECK(again.run == ServiceRun::failed);
  CHECK(again.detail == "exit code 1; it is started again");
  CHECK(state("ActiveState=failed\nResult=exit-code\nExecMainCode=1\nExecMainStatus=78").detail ==
        "exit code 78: its configuration is wrong");
  CHECK(state("ActiveState=failed\nResult=watchdog\nExecMainCode=2\nExecMainStatus=9").detail ==
        "its loop hung, and the watchdog ended it");
  CHECK(state("ActiveState=failed\nResult=signal\nExecMainCode=2\nExecMainStatus=11").detail ==
        "killed by signal 11");
  CHECK(state("LoadState=masked\nActiveState=inactive").detail.starts_with("masked"));
  CHECK(state("").run == ServiceRun::unknown);
}

TEST_CASE("A definition knows whether it is ours and as we left it", "[service]") {
  ServiceStamp stamp;
  stamp.conf = "/opt/a\nb.conf";
  const std::string text = "[Unit]\nDescription=x\n";
  const std::string stamped = stamp_definition(text, stamp);
  CHECK(read_definition(stamped).owner == DefinitionOwner::ours);
  CHECK(read_definition(stamped).text == text);
  CHECK(read_definition(stamped).stamp.conf == stamp.conf);
  CHECK(read_definition("Nice=5\n" + stamped).owner == DefinitionOwner::edited);
  CHECK(read_definition(stamped + "Nice=5\n").owner == DefinitionOwner::edited);
  CHECK(read_definition(text + "# agent-service {broken\n").owner == DefinitionOwner::edited);
  CHECK(read_definition(text).owner == DefinitionOwner::other);
  CHECK(read_definition("").owner == DefinitionOwner::other);
}
