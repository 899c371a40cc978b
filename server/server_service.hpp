// agent-server as a service of the system.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/service/service_program.hpp"

namespace server {

// What the verbs need to know of it.
agent::host::ServiceProgram service_program();

}  // namespace server
