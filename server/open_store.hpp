// The embedded store of this server, as its configuration says: <data_dir>/store/store.db.
#pragma once

#include <memory>
#include <string>

#include "agent/metrics.hpp"
#include "server_config.hpp"
#include "store/sqlite_store.hpp"

namespace server {

// Makes the directory (0700). Throws Errc::io.
store::SqliteStoreOptions store_options(const ServerConfig& config);

// Opens it, with its series. Throws Errc::io with the remedy. `metrics` is asked for nothing once the store
// has gone.
std::unique_ptr<store::SqliteStore> open_store(const ServerConfig& config, agent::metrics::Registry& metrics);

}  // namespace server
