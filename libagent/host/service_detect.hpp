// Which service manager this machine has.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/service_manager.hpp"

namespace agent::host {

// "systemd" when /run/systemd/system exists, "upstart" when `initctl version` says so, else "systemv" when
// there is /etc/init.d or /etc/rc.d/init.d and an init runs as process 1; "" when there is none, as in most
// containers.
std::string detect_manager(const ServiceMachine& machine);

// The manager of that name, as --manager has it. nullptr = no such. `machine` must outlive it.
std::unique_ptr<ServiceManager> make_manager(std::string_view name, const ServiceMachine& machine);

}  // namespace agent::host
