#include "open_store.hpp"

#include <utility>

#include "agent/error.hpp"
#include "base/directory.hpp"
#include "store/etcd_store.hpp"
#include "store/store_address.hpp"
#include "tokens.hpp"

namespace server {
namespace {

store::EtcdOptions etcd_options(const ServerStoreConfig& config, store::StoreAddress address) {
  store::EtcdOptions options;
  options.endpoints = std::move(address.endpoints);
  options.prefix = std::move(address.prefix);
  if (address.is_tls)
    options.tls = agent::net::TlsContext::client({.ca = config.ca, .cert = config.cert, .key = config.key});
  options.user = config.user;
  if (!config.password_file.empty()) options.password = read_secret(config.password_file);
  return options;
}

}  // namespace

bool is_store_shared(const ServerConfig& config) {
  return store::parse_store_address(config.store.address).is_etcd();
}

void require_embedded(const ServerConfig& config) {
  if (is_store_shared(config))
    throw agent::Error(agent::Errc::bad_config,
                       "the store is in an etcd (store.address): etcdctl snapshot saves and restores that");
}

store::SqliteStoreOptions embedded_options(const ServerConfig& config) {
  store::SqliteStoreOptions options;
  const std::string directory = config.data_dir + "/store";
  agent::make_directories(directory, 0700);
  options.path = directory + "/store.db";
  options.sync = config.store.sync == "full" ? store::Sync::full : store::Sync::normal;
  return options;
}

OpenedStore open_store(const ServerConfig& config, agent::metrics::Registry& metrics) {
  OpenedStore out;
  store::StoreAddress address = store::parse_store_address(config.store.address);
  if (address.is_etcd()) {
    out.store = std::make_unique<store::EtcdStore>(etcd_options(config.store, std::move(address)));
  } else {
    auto embedded = std::make_unique<store::SqliteStore>(embedded_options(config));
    out.embedded = embedded.get();
    out.store = std::move(embedded);
  }
  metrics.collect([&store = *out.store](agent::metrics::Exposition& to) { expose(store.figures(), to); });
  return out;
}

}  // namespace server
