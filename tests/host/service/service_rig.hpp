// ServiceRig: the verbs on a machine of their own: a root in a temporary directory, a systemctl that
// remembers what it was told, a program that is installed nowhere.
#pragma once

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "agent/error.hpp"
#include "base/conf_file.hpp"
#include "base/read_file.hpp"
#include "base/setting_file.hpp"
#include "host/service/run_status.hpp"
#include "host/service/service_command_line.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/variable.hpp"

namespace test {

namespace host = agent::host;

// systemctl as the manager uses it, with one service.
struct FakeSystemd {
  std::string version = "systemd 252 (252.39-1~deb12u2)\n+PAM";
  bool enabled = false;
  std::string active = "inactive";
  std::string sub = "dead";
  std::string more;                                  // further lines of `show`
  long pid = ::getpid();                             // of the service while it runs
  std::map<std::string, host::CommandResult> fails;  // by verb
  std::vector<std::string> told;                     // "start exec-agent.service", but for --version and show
  std::function<void()> on_start = [] {};

  host::CommandResult run(const std::vector<std::string>& command) {
    if (command.front() != "systemctl") return {127, command.front() + ": no such command"};
    const std::string& verb = command.at(1);
    if (const auto failed = fails.find(verb); failed != fails.end()) return failed->second;
    if (verb == "--version") return {0, version};
    if (verb == "show") return {0, show()};
    told.push_back(verb + (command.size() > 2 ? " " + command.back() : ""));
    if (verb == "enable") enabled = true;
    if (verb == "disable") enabled = false;
    if (verb == "start" || verb == "restart") {
      active = "active", sub = "running";
      on_start();
    }
    if (verb == "stop") active = "inactive", sub = "dead";
    return {0, ""};
  }

  std::string show() const {
    return "LoadState=loaded\nActiveState=" + active + "\nSubState=" + sub +
           "\nUnitFileState=" + (enabled ? "enabled" : "disabled") +
           "\nMainPID=" + std::to_string(active == "active" ? pid : 0) + "\n" + more;
  }
};

class ServiceRig {
 public:
  explicit ServiceRig(host::ServiceProgram::Kind kind = host::ServiceProgram::Kind::agent) {
    namespace fs = std::filesystem;
    for (const char* directory : {"run/systemd/system", "etc/systemd/system", "etc/exec-agent", "opt/x/bin"})
      fs::create_directories(root.file(directory));
    write("/opt/x/bin/exec-agent", "");
    ::chmod(at("/opt/x/bin/exec-agent").c_str(), 0755);
    program.name = "exec-agent";
    program.version = "2.0.0";
    program.kind = kind;
    program.profile.description = "exec-agent: runs commands";
    program.profile.confinement = agent::Confinement::commands;
    program.read_config = [this](const std::string& path) { return read_config(path); };
    machine.root = root.path();
    machine.is_root = true;
    machine.run = [this](const std::vector<std::string>& command, std::chrono::seconds) {
      return systemd.run(command);
    };
    machine.pause = [this](std::chrono::milliseconds time) { waited += time; };
    ::tzset();
  }

  // What it prints, stderr after "! ", and its exit code in brackets; the root taken out.
  std::string type_words(const std::vector<std::string>& arguments) {
    std::string out = "$ exec-agent";
    for (const std::string& argument : arguments) out += " " + argument;
    out += "\n";
    host::ServiceConsole console;
    console.say = [&out](std::string_view line) { out.append(line).append("\n"); };
    console.complain = [&out](std::string_view line) { out.append("! ").append(line).append("\n"); };
    const auto code = host::serve_service_verb(program, "/opt/x/bin/exec-agent", arguments, machine, console);
    last_code = code.value_or(-1);
    out += "[" + std::to_string(last_code) + "]\n";
    replace(out, root.path(), "");
    replace(out, "\"pid\":" + std::to_string(::getpid()), "\"pid\":PID");
    replace(out, "        " + std::to_string(::getpid()) + "\n", "        PID\n");
    return out;
  }
  std::string type(const std::string& line) {
    std::istringstream words(line);
    std::vector<std::string> arguments;
    for (std::string word; words >> word;) arguments.push_back(word);
    return type_words(arguments);
  }

  // One after the other.
  std::string type_all(const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) out += type(line);
    return out;
  }

  std::string at(const std::string& path) const { return root.path() + path; }
  void write(const std::string& path, const std::string& text) const { std::ofstream(at(path)) << text; }
  std::string read(const std::string& path) const { return agent::read_file(at(path), 1 << 20); }
  bool exists(const std::string& path) const {
    return std::filesystem::exists(std::filesystem::symlink_status(at(path)));
  }
  // Everything below /etc, one path a line.
  std::string files() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(at("/etc")))
      paths.push_back(entry.path().string().substr(root.path().size()));
    std::sort(paths.begin(), paths.end());
    std::string out;
    for (const std::string& path : paths) out += path + "\n";
    return out;
  }
  void write_conf(const std::string& text = "basic.server = s.example:13081\n") const { write(kConf, text); }
  // What the service says of itself from the moment it starts.
  void says(host::RunStatus status) {
    status.since = 1767000000000;
    systemd.on_start = [this, status] {
      status_file = std::make_unique<host::RunStatusFile>(at("/run/exec-agent"));
      status_file->write(status);
    };
  }

  static constexpr const char* kConf = "/etc/exec-agent/agent.conf";
  static constexpr const char* kUnit = "/etc/systemd/system/exec-agent.service";

  TempDir root;
  Variable zone{"TZ", "UTC"};
  FakeSystemd systemd;
  host::ServiceProgram program;
  host::ServiceMachine machine;
  std::chrono::milliseconds waited{0};
  std::unique_ptr<host::RunStatusFile> status_file;
  int last_code = -1;

 private:
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t i = 0; (i = text.find(from, i)) != std::string::npos; i += to.size())
      text.replace(i, from.size(), to);
  }

  host::ServiceConfig read_config(const std::string& path) const {
    host::ServiceConfig out;
    try {
      const agent::SettingFile file = agent::parse_conf(agent::read_file(path, 1 << 20), path);
      for (const agent::SettingEntry& entry : file.entries) {
        if (entry.key == "basic.server") out.server = entry.text;
        if (entry.key == "basic.id") out.id = entry.text;
        if (entry.key == "basic.token") out.token = entry.text;
        if (entry.key == "basic.log.dir") out.logs.push_back(entry.text);
        if (entry.key == "bad") out.problems.push_back(path + ": line 1: bad: unknown unit 'Q'");
      }
    } catch (const agent::Error& error) {
      out.problems.emplace_back(error.what());
    }
    if (out.problems.empty() && out.server.empty()) out.problems.push_back(path + ": server: is required");
    return out;
  }
};

}  // namespace test
