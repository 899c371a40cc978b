// `agent-server fixtures FILE`.
#pragma once

#include <string>

#include "server_config.hpp"

namespace server {

// Writes the keys that FILE describes (store/described_keys.hpp) into the store of this configuration: into
// an etcd at any time, into the embedded store while no server runs. Keys that are there are written anew,
// others stay. Says what was written. Throws Errc::io and StoreError, and Errc::bad_message for a file that
// is not to be read as a whole: nothing is written then.
void write_fixtures(const ServerConfig& config, const std::string& file);

}  // namespace server
