// POST /api/store/txn: conditions, and what is done at once when they hold or when they do not.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base64.hpp"
#include "http/json_body.hpp"
#include "http/schema.hpp"
#include "store_door/gateway_order.hpp"
#include "store_door/key_form.hpp"
#include "store_door/store_door.hpp"
#include "store_door/store_failure.hpp"

namespace server::door {
namespace {

using agent::Task;
using store::Compare;

struct CompareBody {
  std::string key;
  std::string key_base64;
  std::string target = "modified";
  std::string is = "equal";
  std::int64_t number = 0;
  std::string value;
  std::string value_base64;

  static void fields(auto& field) {
    field("key", &CompareBody::key);
    field("key_base64", &CompareBody::key_base64, "a key that is no text");
    field("target", &CompareBody::target, "modified, created, version, lease or value; default modified");
    field("is", &CompareBody::is, "equal, not_equal, less or greater; default equal");
    field("number", &CompareBody::number, "what is compared to; a key that is not there has 0");
    field("value", &CompareBody::value, "with value");
    field("value_base64", &CompareBody::value_base64, "a value that is no text");
  }
};

struct PutBody {
  std::string key;
  std::string key_base64;
  std::string value;
  std::string value_base64;
  std::string lease;

  static void fields(auto& field) {
    field("key", &PutBody::key);
    field("key_base64", &PutBody::key_base64, "a key that is no text");
    field("value", &PutBody::value);
    field("value_base64", &PutBody::value_base64, "a value that is no text");
    field("lease", &PutBody::lease, "it is deleted with this lease");
  }
};

struct RangeBody {
  std::string key;
  std::string key_base64;
  std::string prefix;
  std::string begin;
  std::string end;
  std::uint32_t limit = 1000;

  static void fields(auto& field) {
    field("key", &RangeBody::key, "the one key");
    field("key_base64", &RangeBody::key_base64, "a key that is no text");
    field("prefix", &RangeBody::prefix, "all keys that begin so");
    field("begin", &RangeBody::begin, "all keys from this one on");
    field("end", &RangeBody::end, "up to this one, which is not among them");
    field("limit", &RangeBody::limit, "of a get: most keys, up to 10000");
  }
};

struct OperationBody {
  std::optional<PutBody> put;
  std::optional<RangeBody> erase;
  std::optional<RangeBody> get;

  static void fields(auto& field) {
    field("put", &OperationBody::put);
    field("delete", &OperationBody::erase);
    field("get", &OperationBody::get);
  }
};

struct TxnBody {
  std::vector<CompareBody> compares;
  std::vector<OperationBody> then;
  std::vector<OperationBody> otherwise;

  static void fields(auto& field) {
    field("compares", &TxnBody::compares, "conditions, at most 128");
    field("then", &TxnBody::then, "done when all of them hold; each element is one of put, delete, get");
    field("otherwise", &TxnBody::otherwise, "done when one does not");
  }
};

struct OperationView {
  std::optional<std::vector<ItemView>> items;
  bool more = false;
  std::optional<std::uint64_t> deleted;

  static void fields(auto& field) {
    field("items", &OperationView::items, "of a get", agent::omit_empty);
    field("more", &OperationView::more, "of a get: there are more", agent::omit_empty);
    field("deleted", &OperationView::deleted, "of a delete: keys that were there", agent::omit_empty);
  }
};

struct TxnView {
  store::Revision revision = 0;
  bool succeeded = false;
  std::vector<OperationView> answers;

  static void fields(auto& field) {
    field("revision", &TxnView::revision, "revision of the store after it");
    field("succeeded", &TxnView::succeeded, "the conditions held: `then` was done");
    field("answers", &TxnView::answers, "of the operations that were done, in their order");
  }
};

std::string bytes_of(const std::string& text, const std::string& base64) {
  return base64.empty() ? text : agent::decode_base64(base64);
}

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view key,
                     const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw RequestError(400, "bad param: " + std::string(key) + ": '" + name + "'");
  return static_cast<std::size_t>(found - names.begin());
}

Compare compare_of(const CompareBody& body) {
  constexpr std::array<std::string_view, 5> kTargets{"value", "version", "created", "modified", "lease"};
  constexpr std::array<std::string_view, 4> kIs{"equal", "not_equal", "less", "greater"};
  Compare compare;
  compare.key = bytes_of(body.key, body.key_base64);
  compare.target = static_cast<Compare::Target>(index_of(kTargets, "target", body.target));
  compare.is = static_cast<Compare::Is>(index_of(kIs, "is", body.is));
  compare.number = body.number;
  compare.value = bytes_of(body.value, body.value_base64);
  return compare;
}

store::KeyRange range_of(const RangeBody& body) {
  const std::string key = bytes_of(body.key, body.key_base64);
  if (!key.empty()) return store::KeyRange::key(key);
  if (!body.prefix.empty()) return store::KeyRange::prefix(body.prefix);
  return {body.begin, body.end};
}

OperationOrder order_of(const OperationBody& body) {
  if ((body.put ? 1 : 0) + (body.erase ? 1 : 0) + (body.get ? 1 : 0) != 1)
    throw RequestError(400, "bad param: an operation is one of put, delete and get");
  if (body.put) {
    const store::LeaseId lease = body.put->lease.empty() ? 0 : read_lease(body.put->lease);
    return PutOrder{.put = {.key = bytes_of(body.put->key, body.put->key_base64),
                            .value = bytes_of(body.put->value, body.put->value_base64),
                            .lease = lease}};
  }
  if (body.get) {
    RangeOrder order;
    order.range = range_of(*body.get);
    order.limit = std::min<std::size_t>(body.get->limit, kAnswerKeys);
    return order;
  }
  DeleteOrder order{.range = range_of(*body.erase)};
  if (*order.range == store::KeyRange::all()) throw RequestError(400, "Missing [prefix]");
  return order;
}

TxnOrder read_txn(agent::json::Value body) {
  TxnOrder order;
  try {
    TxnBody wanted;
    agent::json::read(body, wanted);
    for (const CompareBody& compare : wanted.compares) order.compares.push_back(compare_of(compare));
    for (const OperationBody& operation : wanted.then) order.then.push_back(order_of(operation));
    for (const OperationBody& operation : wanted.otherwise) order.otherwise.push_back(order_of(operation));
  } catch (const RequestError&) {
    throw;
  } catch (const agent::Error& error) {
    throw RequestError(400, "bad param: " + std::string(error.text()));
  }
  return order;
}

// All gets of a transaction share the bytes of an answer.
OperationView view_of(const StoreDoor& door, const OperationOrder& order, const store::OperationAnswer* first,
                      std::size_t bytes) {
  OperationView view;
  if (const auto* range = std::get_if<RangeOrder>(&order)) {
    const store::Snapshot found{.revision = 0, .items = first->items, .more = first->more};
    ItemsView items = server::door::view_of(found, range->limit, true, door.secrets(), bytes);
    view.items = std::move(items.items);
    view.more = items.more;
  } else if (std::holds_alternative<DeleteOrder>(order)) {
    std::vector<store::Item> visible = first->items;
    door.secrets().filter(visible);
    view.deleted = door.secrets().is_empty() ? first->deleted : visible.size();
  }
  return view;
}

TxnView view_of(const StoreDoor& door, const TxnOrder& order, const store::TxnAnswer& answer) {
  TxnView view{.revision = answer.revision, .succeeded = answer.succeeded, .answers = {}};
  const std::vector<OperationOrder>& done = answer.succeeded ? order.then : order.otherwise;
  const std::size_t bytes = kAnswerBytes / std::max<std::size_t>(done.size(), 1);
  std::size_t at = 0;
  for (const OperationOrder& operation : done) {
    view.answers.push_back(view_of(door, operation, &answer.answers.at(at), bytes));
    at += operation_count(operation, !door.secrets().is_empty());
  }
  return view;
}

Task<Payload> txn(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await json_body(request);
  const TxnOrder order = read_txn(body.root());
  auto step = door->store().txn(make_txn(order, !door->secrets().is_empty()), StoreDoor::deadline());
  const store::TxnAnswer answer = co_await std::move(step);
  co_return payload(view_of(*door, order, answer));
}

}  // namespace

void add_store_txn_route(Router& router, const StoreDoor& door) {
  Route route;
  route.method = "POST";
  route.pattern = "/api/store/txn";
  route.summary = "A transaction: conditions, and what is done at once when they hold or when they do not";
  route.schema = schema_of<TxnView>();
  route.body_schema = schema_of<TxnBody>();
  route.body_limit = kStoreBodyLimit;
  route.handler = PayloadTask([&door](Request* request) { return telling(txn(&door, request)); });
  router.add(std::move(route));
}

}  // namespace server::door
