// install: checks everything, writes the definition, and with --now starts the service and says how it goes.
#pragma once

#include "host/service/verbs.hpp"

namespace agent::host {

int install_service(const ServiceScene& scene);

}  // namespace agent::host
