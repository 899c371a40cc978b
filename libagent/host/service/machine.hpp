// ServiceMachine: the machine as service managers use it: files below a root, and commands. Tests give
// another root and commands of their own, and nothing outside of them is touched.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::host {

struct CommandResult {
  int code = 0;        // exit code; 127 = no such command, 124 = took too long and was killed;
                       // 128 + n = ended by signal n
  std::string output;  // stdout and stderr, at most 64 KiB
};

struct ServiceMachine {
  std::string root;      // before every path; "" = this machine
  bool is_root = false;  // whether this process may change services
  // This process belongs to a command that an agent of ours runs: stopping that agent may end it.
  bool is_in_command = false;
  // Runs a program that is found in PATH (or, like /sbin/initctl under cron, in the usual directories), with
  // an environment that is safe for its words (LC_ALL=C), waits for its end.
  std::function<CommandResult(const std::vector<std::string>& command, std::chrono::seconds limit)> run;

  std::function<void(std::chrono::milliseconds)> pause;  // waits so long

  std::string at(std::string_view path) const { return root + std::string(path); }

  // This machine.
  static ServiceMachine real();
};

// Throws Errc::io unless it ended with 0: "systemctl enable x: Failed to …".
void throw_unless_done(const std::vector<std::string>& command, const CommandResult& result);

// Runs it, and throws in the same way.
CommandResult run_or_throw(const ServiceMachine& machine, const std::vector<std::string>& command,
                           std::chrono::seconds limit = std::chrono::seconds(60));

}  // namespace agent::host
