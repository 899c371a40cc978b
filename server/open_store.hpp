// The store of this server, as its configuration says: embedded in <data_dir>/store/store.db, or in an etcd.
#pragma once

#include <memory>
#include <string>

#include "agent/metrics.hpp"
#include "server_config.hpp"
#include "store/sqlite_store.hpp"

namespace server {

struct OpenedStore {
  std::unique_ptr<store::Store> store;
  store::SqliteStore* embedded = nullptr;  // the same one, when it is of this server alone
};

// It is in an etcd, which other processes use, too.
bool is_store_shared(const ServerConfig& config);
// For what is done with the file of the embedded store. Throws Errc::bad_config with what else to do.
void require_embedded(const ServerConfig& config);
// The options of the embedded store, whatever the configuration says. Makes its directory (0700). Throws
// Errc::io.
store::SqliteStoreOptions embedded_options(const ServerConfig& config);

// Opens it, with its series; waits up to 30 s for an etcd. Throws Errc::io with the remedy. `metrics` is
// asked for nothing once the store has gone.
OpenedStore open_store(const ServerConfig& config, agent::metrics::Registry& metrics);

}  // namespace server
