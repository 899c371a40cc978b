#include "store/etcd_messages.hpp"

#include <memory>
#include <utility>

#include "agent/error.hpp"
#include "store/etcd_error.hpp"
#include "store/gateway_json.hpp"

namespace server::store {
namespace {

using agent::json::Value;

[[noreturn]] void fail(const std::string& what) { throw agent::Error(agent::Errc::bad_message, what); }

std::int64_t integer_in(Value object, std::string_view name) {
  return gateway::read_int64(object.find(name));
}

bool flag_in(Value object, std::string_view name) { return gateway::read_bool(object.find(name)); }

std::shared_ptr<KeyValue> key_value(Value value, const EtcdKeys& keys) {
  auto out = std::make_shared<KeyValue>(gateway::read_key_value(value));
  if (!keys.has(out->key)) fail("key: not one of those that were asked for");
  out->key = keys.inside(out->key);
  return out;
}

std::vector<Item> items_in(Value answer, const EtcdKeys& keys) {
  std::vector<Item> out;
  const Value values = answer.find("kvs");
  out.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    out.push_back(key_value(values.at(i), keys));
    if (out.back()->is_deleted()) fail("version: missing");
  }
  return out;
}

bool is_delete(Value event) {
  const Value type = event.find("type");
  if (type.is_number()) return type.as_int(0, 1) == 1;
  return type.is_string() && type.as_string() == "DELETE";
}

Item event_of(Value event, const EtcdKeys& keys) {
  auto out = key_value(event.find("kv"), keys);
  if (is_delete(event)) {
    out->version = 0;
    out->created = 0;
    out->lease = 0;
    out->value.clear();
  } else if (out->is_deleted()) {
    fail("version: missing");
  }
  if (out->modified <= 0) fail("mod_revision: missing");
  return out;
}

OperationAnswer operation_answer(Value response, const Operation& operation, const EtcdKeys& keys) {
  OperationAnswer out;
  if (std::holds_alternative<GetOp>(operation)) {
    const Value range = response.find("response_range");
    out.items = items_in(range, keys);
    out.more = flag_in(range, "more");
  } else if (std::holds_alternative<DeleteOp>(operation)) {
    out.deleted = gateway::read_uint64(response.find("response_delete_range").find("deleted"));
  }
  return out;
}

EtcdWatchLine::Kind kind_of(Value result, bool has_events) {
  using Kind = EtcdWatchLine::Kind;
  if (flag_in(result, "canceled")) {
    return integer_in(result, "compact_revision") > 0 ? Kind::compacted : Kind::cancelled;
  }
  if (flag_in(result, "created")) return Kind::created;
  if (has_events) return Kind::events;
  return integer_in(result, "watch_id") < 0 ? Kind::alive : Kind::progress;
}

// Streams, and a keep-alive is one, wrap what they say.
Value unwrapped(Value answer) {
  const Value result = answer.find("result");
  return result.is_null() ? answer : result;
}

}  // namespace

EtcdHeader header_of(Value answer) {
  const Value header = unwrapped(answer).find("header");
  if (!header.is_object()) fail("not an etcd's answer: no header");
  return {.cluster = gateway::read_uint64(header.find("cluster_id")),
          .revision = integer_in(header, "revision"),
          .term = gateway::read_uint64(header.find("raft_term"))};
}

Snapshot range_answer(Value answer, const EtcdKeys& keys) {
  return {.revision = header_of(answer).revision,
          .items = items_in(answer, keys),
          .more = flag_in(answer, "more")};
}

TxnAnswer txn_answer(Value answer, const Txn& txn, const EtcdKeys& keys) {
  TxnAnswer out;
  out.revision = header_of(answer).revision;
  out.succeeded = flag_in(answer, "succeeded");
  const std::vector<Operation>& branch = out.succeeded ? txn.then : txn.otherwise;
  const Value responses = answer.find("responses");
  if (responses.size() != branch.size()) fail("responses: not as many as operations");
  for (std::size_t i = 0; i < branch.size(); ++i)
    out.answers.push_back(operation_answer(responses.at(i), branch[i], keys));
  return out;
}

EtcdWatchLine watch_line(std::string line, const EtcdKeys& keys) {
  const auto document = agent::json::Document::parse(std::move(line));
  if (const auto error = error_in(document.root())) throw *error;
  const Value result = document.root().find("result");
  if (!result.is_object()) fail("result: missing");
  EtcdWatchLine out;
  out.header = header_of(document.root());
  const Value events = result.find("events");
  out.kind = kind_of(result, events.size() > 0);
  for (std::size_t i = 0; i < events.size(); ++i) out.events.push_back(event_of(events.at(i), keys));
  out.goes_on = flag_in(result, "fragment");
  out.compacted = integer_in(result, "compact_revision");
  const Value reason = result.find("cancel_reason");
  if (reason.is_string()) out.reason = reason.as_string();
  return out;
}

EtcdLease lease_answer(Value answer, const EtcdKeys& keys) {
  const Value lease = unwrapped(answer);
  EtcdLease out;
  out.header = header_of(answer);
  out.id = integer_in(lease, "ID");
  out.left = std::chrono::seconds(integer_in(lease, "TTL"));
  out.granted = std::chrono::seconds(integer_in(lease, "grantedTTL"));
  const Value names = lease.find("keys");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string outer = gateway::read_bytes(names.at(i));
    if (keys.has(outer)) out.keys.push_back(keys.inside(outer));
  }
  return out;
}

std::string token_answer(Value answer) { return std::string(answer.find("token").as_string()); }

}  // namespace server::store
