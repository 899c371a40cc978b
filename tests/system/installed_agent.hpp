// InstalledAgent: `exec-agent install --now` on a machine of its own, whose systemd starts the real
// exec-agent with the command line that the unit has, and whose servers are real.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "core/agent_service.hpp"
#include "tests/host/service/service_rig.hpp"
#include "tests/support/patience.hpp"
#include "tests/system/programs.hpp"

namespace test {

class InstalledAgent : public ServiceRig {
 public:
  InstalledAgent() {
    namespace fs = std::filesystem;
    fs::remove(at("/opt/x/bin/exec-agent"));
    fs::create_symlink(kExecAgentProgram, at("/opt/x/bin/exec-agent"));
    program = agent::core::service_program(agent::core::state_of(agent_), {});
    systemd.on_start = [this] { start(); };
    machine.run = [this](const std::vector<std::string>& command, std::chrono::seconds) {
      if (process && !process->is_running()) systemd.active = systemd.sub = "failed";
      return systemd.run(command);
    };
    machine.pause = [this](std::chrono::milliseconds time) {
      waited += time;
      wait_until("the agent says how it is connected", is_told);
    };
  }

  // What `install --server … --now` prints, with its exit code; SERVER stands for `server`.
  std::string install(const std::string& server, const std::string& more = {}) {
    std::string said = type("install --server " + server + " --conf " + kNewConf + " --now" + more);
    said.erase(0, said.find("start service"));
    for (std::size_t i = 0; (i = said.find(server, i)) != std::string::npos; i += 6)
      said.replace(i, server.size(), "SERVER");
    return said;
  }

  std::optional<host::RunStatus> status() const { return host::read_run_status_in(at("/run/exec-agent")); }

  static constexpr const char* kNewConf = "/etc/exec-agent/new.conf";

  // The product looks every 250 ms, 15 s in all. Here it looks again once this holds.
  std::function<bool()> is_told = [this] {
    const auto told = status();
    return !process->is_running() || (told && told->connection != host::Connection::connecting);
  };
  std::unique_ptr<Program> process;

 private:
  // As if this were the root of the machine.
  std::string inside(const std::string& word) const { return word.starts_with('/') ? at(word) : word; }

  void start() {
    const std::string unit = read(kUnit);
    const std::string key = "\nExecStart=";
    const std::size_t from = unit.find(key) + key.size();
    std::istringstream words(unit.substr(from, unit.find('\n', from) - from));
    std::string first;
    words >> first;
    Program::Arguments arguments;
    for (std::string word; words >> word;) arguments.push_back(inside(word));
    process = std::make_unique<Program>(inside(first), arguments,
                                        Program::Environment{{"RUNTIME_DIRECTORY", at("/run/exec-agent")},
                                                             {"STATE_DIRECTORY", at("/var/lib/exec-agent")}});
    systemd.pid = process->pid();
    wait_until("the agent is ready", [this] { return !process->is_running() || status(); });
  }

  const Variable state_{"STATE_DIRECTORY", ""};  // which reading a configuration sets
  agent::Agent agent_{"exec-agent", "2.0.0"};
};

}  // namespace test
