// StoreAddress: which store a server uses, as its setting says: "data_dir", or
// "etcd://host[:port],host[:port]/prefix". Pure; any thread.
#pragma once

#include <string>
#include <vector>

namespace server::store {

struct StoreAddress {
  std::vector<std::string> endpoints;  // "host:port"; none: the embedded store in data_dir
  bool is_tls = false;                 // etcds://
  std::string prefix;                  // of all keys, without slashes around it: "agents/one"

  bool is_etcd() const { return !endpoints.empty(); }
  bool operator==(const StoreAddress&) const = default;
};

// Without a port it is 2379, without a prefix "agent". IPv6 addresses stand in brackets. Throws
// Errc::bad_config, which never tells a password.
StoreAddress parse_store_address(const std::string& text);

}  // namespace server::store
