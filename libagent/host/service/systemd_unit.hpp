// The unit file of a service, as text. Pure.
#pragma once

#include <string>

#include "host/service/spec.hpp"

namespace agent::host {

// The oldest that any supported system has: CentOS 7.
inline constexpr unsigned kOldestSystemd = 219;

// The unit for systemd `version`: it has no key that this version does not know (systemd.service(5) and its
// like, "Added in version"). Throws Errc::bad_config for a path or an argument that cannot be said.
std::string systemd_unit(const ServiceSpec& spec, unsigned version);

}  // namespace agent::host
