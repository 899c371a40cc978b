// Which service manager this machine has.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/service/manager.hpp"

namespace agent::host {

// "systemd" when /run/systemd/system exists (sd_booted(3)), "upstart" when `initctl version` says so,
// "systemv" when there is a directory of init scripts and process 1 is an init. "" when there is none, as in
// most containers.
std::string detect_manager(const ServiceMachine& machine);

// The manager of that name, as --manager has it. nullptr = no such. `machine` must outlive it.
std::unique_ptr<ServiceManager> make_manager(std::string_view name, const ServiceMachine& machine);

// The names that make_manager knows.
std::vector<std::string> manager_names();

}  // namespace agent::host
