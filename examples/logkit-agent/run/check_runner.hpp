// check_runner: whether a configuration can run, without running it. Opens no file.
#pragma once

#include "runner_config.hpp"

namespace logkit {

// Builds every part once. What is odd is added to the configuration's warnings: options that no part has, an
// encoding that the system does not know. Throws Errc::bad_config.
void check_runner(RunnerConfig& config);

}  // namespace logkit
