// The commands that logkit-agent has beside those of every agent. None needs a server.
//
//   check --config F                       prints what is wrong with a runner's configuration, and what is
//   odd parse --config F --input F             shows what becomes of each line of a file: nothing is sent,
//   and
//                                          nothing is kept
//   run --runners DIR [--state DIR] [--root DIR]... [--once]
//                                          runs without a server, until SIGTERM, or with --once until all has
//                                          been read and delivered
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace logkit {

// The exit code (0 done, 1 failed, 2 wrong usage, 78 wrong configuration); nothing when the arguments are
// those of another command. `arguments`: without the program's name.
std::optional<int> serve_command(const std::vector<std::string>& arguments);

}  // namespace logkit
