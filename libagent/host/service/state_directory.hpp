// Where a program keeps what it must find again when it starts the next time.
#pragma once

#include <string>
#include <string_view>

namespace agent::host {

// Where the service `name` keeps its state, under every service manager: "/var/lib/<name>".
std::string service_state_directory(std::string_view name);

// The directory of the program `name`: the first of $STATE_DIRECTORY, which the definition of every service
// of ours sets (systemd.exec(5), StateDirectory=); for root /var/lib/<name>; for others <name> in
// $XDG_STATE_HOME or in
// ~/.local/state. It need not exist.
std::string state_directory(std::string_view name);

// Whether an absolute path lies where packages alone write, so that it is no place for logs and state: in
// /usr, but not in /usr/local. Relative directories of a packaged program do.
bool is_for_packages(std::string_view path);
// The warning of a setting that names such a path; `instead`: one that will do.
std::string warning_of_packages(std::string_view path, std::string_view instead);

}  // namespace agent::host
