// agent::main: the command line that every agent has. Includes all that a small agent needs.
#pragma once

#include "agent/agent.hpp"
#include "agent/service.hpp"

namespace agent {

// Serves the command line and returns the exit code for main():
//
//   run --conf F        runs until SIGTERM or SIGINT; the same without `run`. A second signal ends it at once
//   validate --conf F   prints every problem of the file
//   run --daemon --pid-file F   goes to the background and is restarted when it ends (docs/services.md)
//   version             prints version, code version, build time and tool chain
//   manifest            prints manifest.yaml: every setting with type, default and description
//   install, uninstall, start, stop, restart, status
//                       the agent as a service of the system (docs/services.md); each has a --help
//   --version, --help
//
// `--server A` and `--id I` win over the file and the environment, and need no file. Without one everything
// else is the environment's or the default, and the id is the host's name unless it is given: there is no
// place in which an assigned one would be found again.
//
// Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.
int main(Agent& agent, int argc, char** argv);

// The same for an agent that says how it is to be installed as a service. Without a profile systemd shuts it
// in strictly: an agent that runs commands, or looks at the whole machine, needs one.
int main(Agent& agent, const ServiceProfile& profile, int argc, char** argv);

}  // namespace agent
