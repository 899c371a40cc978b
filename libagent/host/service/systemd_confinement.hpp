// The part of a unit file that shuts a program in, with the reason beside everything that is left out
// (systemd.exec(5), "Sandboxing"). Pure.
#pragma once

#include <string>

#include "host/service/spec.hpp"

namespace agent::host {

std::string systemd_confinement(const ServiceSpec& spec, unsigned version);

}  // namespace agent::host
