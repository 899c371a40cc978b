#include "open_store.hpp"

#include "base/directory.hpp"

namespace server {

store::SqliteStoreOptions store_options(const ServerConfig& config) {
  store::SqliteStoreOptions options;
  const std::string directory = config.data_dir + "/store";
  agent::make_directories(directory, 0700);
  options.path = directory + "/store.db";
  options.sync = config.store.sync == "full" ? store::Sync::full : store::Sync::normal;
  return options;
}

std::unique_ptr<store::SqliteStore> open_store(const ServerConfig& config,
                                               agent::metrics::Registry& metrics) {
  auto store = std::make_unique<store::SqliteStore>(store_options(config));
  metrics.collect([&store = *store](agent::metrics::Exposition& out) { expose(store.figures(), out); });
  return store;
}

}  // namespace server
