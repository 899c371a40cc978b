// The one child of a supervisor: how it is started.
#pragma once

#include <string>
#include <vector>

namespace agent::host {

struct SupervisedCommand {
  std::vector<std::string> arguments;  // the first is the program, an absolute path
  std::string user;                    // "" = ours; another one only as root
  // The end of a pipe that it gets, with its number in AGENT_READY_FD: a byte says that it is ready. -1:
  // none.
  int ready = -1;
};

// Starts it and returns its process id once it runs its program. It has "/" as its directory, an empty stdin,
// our stdout and stderr, no other descriptors, no blocked signals, its own process group, the HOME, USER,
// LOGNAME and SHELL of its user, and gets SIGTERM when we end: unless its program is a set-user-ID one. Only
// for a process with one thread: the child asks the user database before its exec, so that this costs us
// nothing.
//
// Throws Errc::io with the child's words: "exec /x/agent: Permission denied", "unknown user bob".
int start_supervised(const SupervisedCommand& command);

}  // namespace agent::host
