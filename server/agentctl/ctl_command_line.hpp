// The command line of agentctl.
#pragma once

#include <optional>

#include "agentctl/ctl_options.hpp"

namespace agentctl {

// nullopt: everything was said already (--help, --version, a wrong argument); leave with `exit_code`.
// What stands behind the first `--` belongs to the command that is run, whatever it looks like.
std::optional<CtlOptions> parse_ctl_command_line(int argc, char** argv, int& exit_code);

}  // namespace agentctl
