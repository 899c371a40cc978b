// run_fleet: one order for some agents: at most so many at a time, their output as it comes, results at the
// end.
#pragma once

#include <string>
#include <vector>

#include "agentctl/ctl_verbs.hpp"
#include "agentctl/machine_run.hpp"

namespace agentctl {

struct FleetOptions {
  std::vector<std::string> ids;  // not empty
  Starter start;
  // One agent was named: its bytes go to stdout as they are, and its exit code is ours. Otherwise each line
  // names its agent, and a table of results goes to stderr.
  bool is_single = false;
};

// The exit code. Ctrl-C asks the commands that run to end; the second one leaves them running and says their
// tasks. Throws what writing to stdout throws.
agent::Task<int> run_fleet(Tools tools, FleetOptions options);

}  // namespace agentctl
