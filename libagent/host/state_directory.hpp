// Where a program keeps what it must find again when it starts the next time.
#pragma once

#include <string>
#include <string_view>

namespace agent::host {

// The directory of the program `name`: the first of $STATE_DIRECTORY, which a service manager has made for it
// (systemd.exec(5), StateDirectory=); for root /var/lib/<name>; for others <name> in $XDG_STATE_HOME or in
// ~/.local/state. It need not exist.
std::string state_directory(std::string_view name);

}  // namespace agent::host
