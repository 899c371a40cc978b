// What clients of etcd's gateway ask for, out of their JSON: ranges, puts, deletes and transactions. Pure.
// Throws GatewayError, and agent::Error bad_message for values of a wrong type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/json.hpp"
#include "store/store_txn.hpp"

namespace server::door {

struct RangeOrder {
  enum class Sort { none, ascend, descend };
  enum class Target { key, version, created, modified, value };

  std::optional<store::KeyRange> range;  // nothing: an inverted one
  std::size_t limit = 0;                 // 0 = all
  store::Revision revision = 0;          // 0 = now
  Sort sort = Sort::none;
  Target target = Target::key;
  bool keys_only = false;
  bool count_only = false;
  // Bounds of mod_revision and create_revision; 0 = none.
  store::Revision min_modified = 0;
  store::Revision max_modified = 0;
  store::Revision min_created = 0;
  store::Revision max_created = 0;
};
RangeOrder read_range_order(agent::json::Value body);

struct PutOrder {
  store::PutOp put;
  bool with_previous = false;
};
PutOrder read_put_order(agent::json::Value body);

struct DeleteOrder {
  std::optional<store::KeyRange> range;  // nothing: an inverted one
  bool with_previous = false;
};
DeleteOrder read_delete_order(agent::json::Value body);

using OperationOrder = std::variant<RangeOrder, PutOrder, DeleteOrder>;
struct TxnOrder {
  std::vector<store::Compare> compares;
  std::vector<OperationOrder> then;
  std::vector<OperationOrder> otherwise;
};
// Orders of each branch are at most kMaxOperations; no range is at another revision.
TxnOrder read_txn_order(agent::json::Value body);

// ---- the same for the store

// Appends one operation, or two: what was there is asked for before it is changed; none for an inverted
// range. `count_visible`: a delete
// asks, too, because only some of the keys may be counted.
void append_operations(const OperationOrder& order, bool count_visible, std::vector<store::Operation>& out);
// How many that are.
std::size_t operation_count(const OperationOrder& order, bool count_visible);
store::Txn make_txn(const TxnOrder& order, bool count_visible);

// Leaves the items of a range that are wanted, in the order that is wanted; the limit is not looked at.
void arrange(const RangeOrder& order, std::vector<store::Item>& items);

}  // namespace server::door
