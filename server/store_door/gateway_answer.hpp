// What clients of etcd's gateway are answered, in etcd's form: parts of one JSON text each.
#pragma once

#include <vector>

#include "store_door/gateway_order.hpp"
#include "store_door/pieced_json.hpp"
#include "store_door/store_door.hpp"

namespace server::door {

using JsonParts = std::vector<JsonPart>;

// `items`: all of the range.
JsonParts range_answer(const StoreDoor& door, const RangeOrder& order, store::Revision revision,
                       std::vector<store::Item> items);

// `answers`: of the operations that append_operations() made of one order, or of those of a branch.
JsonParts put_answer(const StoreDoor& door, const PutOrder& order, const store::TxnAnswer& answer);
JsonParts delete_answer(const StoreDoor& door, const DeleteOrder& order, const store::TxnAnswer& answer);
JsonParts txn_answer(const StoreDoor& door, const TxnOrder& order, const store::TxnAnswer& answer);

}  // namespace server::door
