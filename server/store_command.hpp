// `agent-server store backup FILE` and `agent-server store restore FILE`.
#pragma once

#include <string>

#include "server_config.hpp"

namespace server {

// Has the running server of this configuration write a backup, which becomes FILE (0600) once it is whole and
// on the disk. Says what is in it. Throws Errc::io, with the remedy when no server runs.
void back_up_store(const ServerConfig& config, const std::string& file);

// Puts the backup in the place of the store, while no server of this configuration runs. Says what is there
// now. Throws Errc::io, and Errc::bad_message for a file that is no whole backup: nothing is changed then.
void restore_store(const ServerConfig& config, const std::string& file);

}  // namespace server
