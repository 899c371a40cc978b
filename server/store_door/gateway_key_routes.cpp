// POST /v3/kv/range, put, deleterange, txn: keys, as etcd's JSON gateway has them.
#include <functional>
#include <string>
#include <utility>

#include "store_door/gateway_answer.hpp"
#include "store_door/gateway_body.hpp"
#include "store_door/gateway_failure.hpp"
#include "store_door/gateway_order.hpp"
#include "store_door/store_door.hpp"

namespace server::door {
namespace {

using agent::Task;

// There are no reads at a revision that has passed, as if everything else had been compacted.
void check_revision(const StoreDoor& door, store::Revision wanted) {
  if (wanted == 0) return;
  const store::Revision now = door.store().revision();
  if (wanted > now)
    throw GatewayError(GrpcCode::out_of_range, "etcdserver: mvcc: required revision is a future revision");
  if (wanted < now)
    throw GatewayError(GrpcCode::out_of_range, "etcdserver: mvcc: required revision has been compacted");
}

Task<Reply> range(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  const RangeOrder order = read_range_order(body.root());
  check_revision(*door, order.revision);
  store::Snapshot found;
  found.revision = door->store().revision();
  if (order.range) {
    auto step = door->store().get(*order.range, 0, StoreDoor::deadline());
    found = co_await std::move(step);
  }
  co_return pieced_reply(range_answer(*door, order, found.revision, std::move(found.items)));
}

Task<store::TxnAnswer> perform(const StoreDoor* door, const OperationOrder& order) {
  store::Txn txn;
  append_operations(order, !door->secrets().is_empty(), txn.then);
  return door->store().txn(std::move(txn), StoreDoor::deadline());
}

Task<Reply> put(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  const PutOrder order = read_put_order(body.root());
  auto step = perform(door, order);
  const store::TxnAnswer answer = co_await std::move(step);
  co_return pieced_reply(put_answer(*door, order, answer));
}

Task<Reply> erase(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  const DeleteOrder order = read_delete_order(body.root());
  store::TxnAnswer answer;
  if (order.range) {
    auto step = perform(door, order);
    answer = co_await std::move(step);
  } else {
    answer.revision = door->store().revision();
    answer.answers.emplace_back();
  }
  co_return pieced_reply(delete_answer(*door, order, answer));
}

Task<Reply> txn(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  const TxnOrder order = read_txn_order(body.root());
  auto step = door->store().txn(make_txn(order, !door->secrets().is_empty()), StoreDoor::deadline());
  const store::TxnAnswer answer = co_await std::move(step);
  co_return pieced_reply(txn_answer(*door, order, answer));
}

constexpr std::string_view kBytes = R"({"type":"string","format":"byte"})";
constexpr std::string_view kNumber = R"({"type":"string","format":"int64"})";
constexpr std::string_view kFlag = R"({"type":"boolean"})";

std::string property(std::string_view name, std::string_view schema) {
  return "\"" + std::string(name) + "\":" + std::string(schema);
}

std::string object(std::string properties) {
  return "{\"type\":\"object\",\"properties\":{" + std::move(properties) + "}}";
}

std::string range_schema() {
  return object(property("key", kBytes) + "," + property("range_end", kBytes) + "," +
                property("limit", kNumber) + "," + property("revision", kNumber) + "," +
                property("sort_order", R"({"enum":["NONE","ASCEND","DESCEND"]})") + "," +
                property("sort_target", R"({"enum":["KEY","VERSION","CREATE","MOD","VALUE"]})") + "," +
                property("serializable", kFlag) + "," + property("keys_only", kFlag) + "," +
                property("count_only", kFlag) + "," + property("min_mod_revision", kNumber) + "," +
                property("max_mod_revision", kNumber) + "," + property("min_create_revision", kNumber) + "," +
                property("max_create_revision", kNumber));
}

std::string put_schema() {
  return object(property("key", kBytes) + "," + property("value", kBytes) + "," + property("lease", kNumber) +
                "," + property("prev_kv", kFlag) + "," + property("ignore_value", kFlag) + "," +
                property("ignore_lease", kFlag));
}

std::string delete_schema() {
  return object(property("key", kBytes) + "," + property("range_end", kBytes) + "," +
                property("prev_kv", kFlag));
}

std::string compare_schema() {
  return object(property("key", kBytes) + "," + property("range_end", kBytes) + "," +
                property("target", R"({"enum":["VERSION","CREATE","MOD","VALUE","LEASE"]})") + "," +
                property("result", R"({"enum":["EQUAL","GREATER","LESS","NOT_EQUAL"]})") + "," +
                property("version", kNumber) + "," + property("create_revision", kNumber) + "," +
                property("mod_revision", kNumber) + "," + property("value", kBytes) + "," +
                property("lease", kNumber));
}

std::string txn_schema() {
  const auto list = [](const std::string& items) { return "{\"type\":\"array\",\"items\":" + items + "}"; };
  const std::string operation =
      object(property("request_range", range_schema()) + "," + property("request_put", put_schema()) + "," +
             property("request_delete_range", delete_schema()));
  return object(property("compare", list(compare_schema())) + "," + property("success", list(operation)) +
                "," + property("failure", list(operation)));
}

}  // namespace

void add_gateway_key_routes(Router& router, const StoreDoor& door) {
  const auto add = [&](std::string_view pattern, std::string_view summary, std::string schema,
                       Task<Reply> (*handle)(const StoreDoor*, Request*)) {
    router.add(gateway_route(pattern, summary, std::move(schema),
                             [&door, handle](Request* request) { return handle(&door, request); }));
  };
  add("/v3/kv/range", "Keys of the store, as etcd's gateway has it", range_schema(), range);
  add("/v3/kv/put", "Put a key, as etcd's gateway has it", put_schema(), put);
  add("/v3/kv/deleterange", "Delete keys, as etcd's gateway has it", delete_schema(), erase);
  add("/v3/kv/txn", "A transaction, as etcd's gateway has it", txn_schema(), txn);
}

}  // namespace server::door
