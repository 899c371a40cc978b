// agent::main: the command line that every agent has. Includes all that a small agent needs.
#pragma once

#include "agent/agent.hpp"

namespace agent {

// Serves the command line and returns the exit code for main():
//
//   run --conf F        runs until SIGTERM or SIGINT; the same without `run`. A second signal ends it at once
//   validate --conf F   prints every problem of the file
//   version             prints version, code version, build time and tool chain
//   manifest            prints manifest.yaml: every setting with type, default and description
//   --help
//
// Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.
int main(Agent& agent, int argc, char** argv);

}  // namespace agent
