// DescribedKeys: keys and values as a JSON file describes them, to be written into a store. Pure; any thread.
//
//   {"/lain/config/domain": "lain.local", "/lain/nodes/nodes/node1:10.0.0.1": {"name": "node1"}}
//     one member per key: a string is the value as it is, anything else is the value as JSON
//   {"action": "get", "node": {"key": "/lain", "dir": true, "nodes": [...]}}
//     the answer of etcd's v2 API to GET /v2/keys/lain?recursive=true
#pragma once

#include <string>
#include <vector>

#include "store/store_txn.hpp"

namespace server::store {

struct DescribedKeys {
  std::vector<PutOp> puts;            // in the order of their keys
  std::vector<std::string> left_out;  // keys that would expire (ttl of v2): nobody would renew them here
};

// Throws Errc::bad_message with the key: no JSON, neither form, a key twice, a value too large for a store.
DescribedKeys read_described_keys(std::string text);

// Writes them in as few transactions as the limits allow (kMaxOperations, kMaxTxn), in their order.
std::vector<Txn> transactions_of(std::vector<PutOp> puts);

}  // namespace server::store
