// uninstall: stops a service and removes its definition, and with --purge its files.
#pragma once

#include "host/service/verbs.hpp"

namespace agent::host {

int uninstall_service(const ServiceScene& scene);

}  // namespace agent::host
