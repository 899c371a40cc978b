// CommandLine: what agent-server was told to do.
#pragma once

#include <string>

#include "host/service/daemon_options.hpp"
#include "views_program.hpp"

namespace server {

// The exit codes of agent-server.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailure = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitConfig = 78;  // EX_CONFIG of sysexits.h

struct CommandLine {
  enum class Command {
    serve,     // --conf F, run --conf F; without a file: with the defaults
    daemon,    // run --daemon: as `daemon` says
    check,     // ends where serving would begin; for run --daemon
    validate,  // validate --conf F
    version,   // version, --version
    manifest,  // manifest: every setting, as a management console reads it
    backup,    // store backup FILE
    restore,   // store restore FILE
    fixtures,  // fixtures FILE
    views,     // views -web A -etcd A: as `views` says
    leave,     // everything was said already (--help, a wrong argument): leave with exit_code
  };
  Command command = Command::leave;
  std::string conf;  // "" = no file
  std::string file;  // of backup, restore and fixtures
  agent::host::DaemonOptions daemon{};
  ViewsProgram views{};
  int exit_code = kExitOk;
};

// Prints help and errors itself, and serves the verbs of services (host/service/service_command_line.hpp).
CommandLine parse_command_line(int argc, char** argv);

}  // namespace server
