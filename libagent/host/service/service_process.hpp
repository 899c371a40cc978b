// The process of a service, as this machine shows it.
#pragma once

#include <string>

#include "host/service/machine.hpp"

namespace agent::host {

// Whether the process `pid` runs another file than the one that is at `program` now, as after an upgrade.
// False when there is no such process.
bool runs_another_file(const ServiceMachine& machine, long pid, const std::string& program);

}  // namespace agent::host
