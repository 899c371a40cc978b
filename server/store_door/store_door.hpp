// StoreDoor: the embedded store over HTTP: /api/store/... in the form of this API, and /v3/... as etcd's JSON
// gateway has it, for clients of etcd. main() builds one and adds its routes to the router.
//
// Immutable; any loop.
#pragma once

#include <chrono>
#include <string>

#include "http/reply.hpp"
#include "http/request.hpp"
#include "http/router.hpp"
#include "store/gateway_json.hpp"
#include "store/secret_prefixes.hpp"
#include "store/store.hpp"

namespace server::door {

// Bodies of JSON with keys and values in base64: a transaction of kMaxTxn, and 300 KiB around it.
inline constexpr std::size_t kStoreBodyLimit = 2 * 1024 * 1024;

class StoreDoor {
 public:
  // The store outlives it, and it the loops' work. `quiet`: an event stream says something at least so often.
  StoreDoor(store::Store& store, store::SecretPrefixes secrets, std::chrono::milliseconds quiet = kQuietLimit)
      : store_(store), secrets_(std::move(secrets)), quiet_(quiet) {}

  // The router must outlive the listener that serves it.
  void add_routes(Router& router) const;

  // ---- for the files of the routes

  store::Store& store() const { return store_; }
  const store::SecretPrefixes& secrets() const { return secrets_; }
  std::chrono::milliseconds quiet() const { return quiet_; }
  // When a request gives up waiting for the store.
  static store::Time deadline() { return agent::Clock::now() + store::kPatience; }
  // The header of an answer in etcd's form: the store's id is the cluster's and the member's; one term.
  store::gateway::Header header(store::Revision revision) const;

 private:
  store::Store& store_;
  const store::SecretPrefixes secrets_;
  const std::chrono::milliseconds quiet_;
};

// The owner of a request's watches (WatchOrder::client): its token, or without tokens its address.
std::string client_of(const Request& request);

// One per area.
void add_store_key_routes(Router& router, const StoreDoor& door);
void add_store_txn_route(Router& router, const StoreDoor& door);
void add_store_watch_route(Router& router, const StoreDoor& door);
void add_store_lease_routes(Router& router, const StoreDoor& door);
void add_gateway_key_routes(Router& router, const StoreDoor& door);
void add_gateway_watch_route(Router& router, const StoreDoor& door);
void add_gateway_lease_routes(Router& router, const StoreDoor& door);

}  // namespace server::door
