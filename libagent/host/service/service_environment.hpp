// The environment that a service will have, for checking its configuration before it runs.
#pragma once

#include <string_view>

#include "host/service/machine.hpp"

namespace agent::host {

// Takes the settings (LIBAGENT_*) of whoever types out of this process's environment, and puts in those of
// /etc/default/<service> and /etc/sysconfig/<service>, and the service's STATE_DIRECTORY. While there is one
// thread.
void use_environment_of_service(const ServiceMachine& machine, std::string_view service);

}  // namespace agent::host
