// From the options of a process to everything that is decided before it exists.
#pragma once

#include <chrono>
#include <string>

#include "agent/process.hpp"
#include "host/process_arguments.hpp"
#include "host/spawn_child.hpp"

namespace agent::host {

struct Launch {
  SpawnPlan plan;  // but for its descriptors
  Asker asker = Asker::nobody;
  std::string prompt;  // what sudo asks with
  bool terminal = true;
  std::chrono::milliseconds timeout{kDefaultProcessTimeout};
};

// `mark` goes into the environment. Throws as Process::Process() does.
Launch plan_launch(const ProcessOptions& options, const std::string& mark);

}  // namespace agent::host
