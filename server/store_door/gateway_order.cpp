#include "store_door/gateway_order.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "store/gateway_json.hpp"
#include "store_door/gateway_failure.hpp"

namespace server::door {
namespace {

using agent::json::Value;
using store::Compare;
using store::gateway::field;
using store::gateway::read_bool;
using store::gateway::read_bytes;
using store::gateway::read_int64;

[[noreturn]] void refuse(const std::string& why) { throw GatewayError(GrpcCode::invalid, why); }

// The name of an enumerator or its number; null is the first one.
template <std::size_t N>
std::size_t read_enum(Value value, const std::array<std::string_view, N>& names) {
  if (value.is_null()) return 0;
  if (value.is_number()) return static_cast<std::size_t>(value.as_int(0, N - 1));
  const auto found = std::find(names.begin(), names.end(), value.as_string());
  if (found == names.end()) refuse("unknown value \"" + std::string(value.as_string()) + "\" for enum");
  return static_cast<std::size_t>(found - names.begin());
}

std::string read_key(Value body) {
  std::string key = read_bytes(field(body, "key"));
  if (key.empty()) refuse("etcdserver: key is not provided");
  return key;
}

std::optional<store::KeyRange> read_range(Value body) {
  std::string key = read_key(body);
  return store::gateway::range_of(std::move(key), read_bytes(field(body, "range_end")));
}

std::int64_t read_count(Value body, std::string_view name) {
  const std::int64_t count = read_int64(field(body, name));
  return std::max<std::int64_t>(count, 0);
}

Compare read_compare(Value body) {
  constexpr std::array<std::string_view, 4> kResults{"EQUAL", "GREATER", "LESS", "NOT_EQUAL"};
  constexpr std::array<std::string_view, 5> kTargets{"VERSION", "CREATE", "MOD", "VALUE", "LEASE"};
  constexpr std::array<Compare::Is, 4> kIs{Compare::Is::equal, Compare::Is::greater, Compare::Is::less,
                                           Compare::Is::not_equal};
  constexpr std::array<Compare::Target, 5> kOf{Compare::Target::version, Compare::Target::created,
                                               Compare::Target::modified, Compare::Target::value,
                                               Compare::Target::lease};
  constexpr std::array<std::string_view, 5> kFields{"version", "create_revision", "mod_revision", "value",
                                                    "lease"};
  const std::size_t target = read_enum(field(body, "target"), kTargets);
  Compare compare;
  compare.key = read_key(body);
  compare.is = kIs.at(read_enum(field(body, "result"), kResults));
  compare.target = kOf.at(target);
  const Value value = field(body, kFields.at(target));
  if (compare.target == Compare::Target::value) {
    compare.value = read_bytes(value);
  } else {
    compare.number = read_int64(value);
  }
  if (!read_bytes(field(body, "range_end")).empty())
    throw GatewayError(GrpcCode::unimplemented, "a condition on a range is not served");
  return compare;
}

OperationOrder read_operation(Value body) {
  if (const Value put = field(body, "request_put"); put.is_object()) return read_put_order(put);
  if (const Value range = field(body, "request_range"); range.is_object()) {
    RangeOrder order = read_range_order(range);
    if (order.revision != 0)
      throw GatewayError(GrpcCode::unimplemented, "a revision within a transaction is not served");
    return order;
  }
  if (const Value erase = field(body, "request_delete_range"); erase.is_object())
    return read_delete_order(erase);
  if (field(body, "request_txn").is_object())
    throw GatewayError(GrpcCode::unimplemented, "a transaction within a transaction is not served");
  refuse("etcdserver: key not found");
}

void check_count(Value list) {
  if (list.size() > store::kMaxOperations) refuse("etcdserver: too many operations in txn request");
}

std::vector<OperationOrder> read_branch(Value list) {
  check_count(list);
  std::vector<OperationOrder> branch;
  for (std::size_t i = 0; i < list.size(); ++i) branch.push_back(read_operation(list.at(i)));
  return branch;
}

bool is_within(store::Revision revision, store::Revision min, store::Revision max) {
  return (min == 0 || revision >= min) && (max == 0 || revision <= max);
}

// Items that are equal in the target stay in the order of their keys.
bool is_before(RangeOrder::Target target, const store::KeyValue& a, const store::KeyValue& b) {
  using Target = RangeOrder::Target;
  switch (target) {
    case Target::version: return a.version < b.version;
    case Target::created: return a.created < b.created;
    case Target::modified: return a.modified < b.modified;
    case Target::value: return a.value < b.value;
    case Target::key: break;
  }
  return a.key < b.key;
}

}  // namespace

RangeOrder read_range_order(Value body) {
  constexpr std::array<std::string_view, 3> kOrders{"NONE", "ASCEND", "DESCEND"};
  constexpr std::array<std::string_view, 5> kTargets{"KEY", "VERSION", "CREATE", "MOD", "VALUE"};
  RangeOrder order;
  order.range = read_range(body);
  order.limit = static_cast<std::size_t>(read_count(body, "limit"));
  order.revision = read_count(body, "revision");
  order.sort = static_cast<RangeOrder::Sort>(read_enum(field(body, "sort_order"), kOrders));
  order.target = static_cast<RangeOrder::Target>(read_enum(field(body, "sort_target"), kTargets));
  order.keys_only = read_bool(field(body, "keys_only"));
  order.count_only = read_bool(field(body, "count_only"));
  order.min_modified = read_count(body, "min_mod_revision");
  order.max_modified = read_count(body, "max_mod_revision");
  order.min_created = read_count(body, "min_create_revision");
  order.max_created = read_count(body, "max_create_revision");
  return order;
}

PutOrder read_put_order(Value body) {
  PutOrder order;
  order.put.key = read_key(body);
  order.put.value = read_bytes(field(body, "value"));
  order.put.lease = read_int64(field(body, "lease"));
  order.with_previous = read_bool(field(body, "prev_kv"));
  if (read_bool(field(body, "ignore_value")) || read_bool(field(body, "ignore_lease")))
    throw GatewayError(GrpcCode::unimplemented, "ignore_value and ignore_lease are not served");
  return order;
}

DeleteOrder read_delete_order(Value body) {
  return {.range = read_range(body), .with_previous = read_bool(field(body, "prev_kv"))};
}

TxnOrder read_txn_order(Value body) {
  TxnOrder order;
  const Value compares = field(body, "compare");
  check_count(compares);
  for (std::size_t i = 0; i < compares.size(); ++i) order.compares.push_back(read_compare(compares.at(i)));
  order.then = read_branch(field(body, "success"));
  order.otherwise = read_branch(field(body, "failure"));
  return order;
}

void append_operations(const OperationOrder& order, bool count_visible, std::vector<store::Operation>& out) {
  if (const auto* range = std::get_if<RangeOrder>(&order)) {
    if (range->range) out.emplace_back(store::GetOp{*range->range, 0});
  } else if (const auto* put = std::get_if<PutOrder>(&order)) {
    if (put->with_previous) out.emplace_back(store::GetOp{store::KeyRange::key(put->put.key), 0});
    out.emplace_back(put->put);
  } else if (const auto& erase = std::get<DeleteOrder>(order); erase.range) {
    if (erase.with_previous || count_visible) out.emplace_back(store::GetOp{*erase.range, 0});
    out.emplace_back(store::DeleteOp{*erase.range});
  }
}

std::size_t operation_count(const OperationOrder& order, bool count_visible) {
  if (const auto* range = std::get_if<RangeOrder>(&order)) return range->range ? 1 : 0;
  if (const auto* put = std::get_if<PutOrder>(&order)) return put->with_previous ? 2 : 1;
  const auto& erase = std::get<DeleteOrder>(order);
  if (!erase.range) return 0;
  return erase.with_previous || count_visible ? 2 : 1;
}

store::Txn make_txn(const TxnOrder& order, bool count_visible) {
  store::Txn txn;
  txn.compares = order.compares;
  for (const OperationOrder& operation : order.then) append_operations(operation, count_visible, txn.then);
  for (const OperationOrder& operation : order.otherwise)
    append_operations(operation, count_visible, txn.otherwise);
  return txn;
}

void arrange(const RangeOrder& order, std::vector<store::Item>& items) {
  std::erase_if(items, [&](const store::Item& item) {
    return !is_within(item->modified, order.min_modified, order.max_modified) ||
           !is_within(item->created, order.min_created, order.max_created);
  });
  // etcd: a target without an order is ascending.
  if (order.sort == RangeOrder::Sort::none && order.target == RangeOrder::Target::key) return;
  std::stable_sort(items.begin(), items.end(), [&](const store::Item& a, const store::Item& b) {
    return order.sort == RangeOrder::Sort::descend ? is_before(order.target, *b, *a)
                                                   : is_before(order.target, *a, *b);
  });
}

}  // namespace server::door
