// `run --daemon --pid-file F`: a program of ours in the background without a service manager.
//
// Three processes have a part in it. The one that the user started checks what can be checked and starts the
// supervisor, which is the same program in a session of its own; it waits until that one's child is ready,
// says so, and ends. The supervisor executes the program afresh, so that it holds nothing of what the first
// one knew; it stays, with its process id in the file. The child is `run` as in the foreground.
// docs/decisions/supervisor.md says why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/service/daemon_options.hpp"

namespace agent::host {

struct DaemonProgram {
  std::string name;  // for messages
  // What the child gets behind its program's name: {"run", "--conf", "/etc/x.conf"}. It does not see our
  // working directory: paths are absolute.
  std::vector<std::string> arguments;
  // With these behind them instead, it ends at once: 0 = it could run, else it has printed why not.
  std::string check_argument = "--check";
};

// The whole of it, texts included; relative paths in `options` are below the working directory. Exit codes:
//   start, replace  0 it runs in the background and has said that it is ready; 78 (or what the check said)
//                   wrong configuration; 7 it ended at once, and is started again; 1 failed: another one
//                   runs, the pid file is not ours to write, the user is unknown, …
//   stop            0 none runs any more; 1 failed
//   reload          0 told; 7 none runs
//   status          0 runs; 1 does not, but the pid file exists; 3 does not (LSB Core, "Init Script Actions")
// `called_as`: argv[0], so that a link that was called is called again after an upgrade.
int run_daemon(DaemonOptions options, const DaemonProgram& program, const std::string& called_as);

// When this process was started to be the supervisor: is it, and returns the exit code for main(). nullopt:
// it is for something else. To be called first of all in main().
std::optional<int> supervise_if_told(int argc, char** argv);

// Opens a file to append output to (0640, made when missing, no link). One of 10 MB or more becomes
// "<path>.1" first. Throws Errc::io.
int open_output(const std::string& path);

}  // namespace agent::host
