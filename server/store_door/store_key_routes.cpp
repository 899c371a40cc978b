// GET, PUT, DELETE /api/store/key and GET, DELETE /api/store/range: keys of the store.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "http/schema.hpp"
#include "store_door/key_form.hpp"
#include "store_door/store_door.hpp"
#include "store_door/store_failure.hpp"

namespace server::door {
namespace {

using agent::Task;

struct WrittenView {
  store::Revision revision = 0;
  std::uint64_t deleted = 0;

  static void fields(auto& field) {
    field("revision", &WrittenView::revision, "revision of the store after it");
    field("deleted", &WrittenView::deleted, "keys that were there", agent::omit_empty);
  }
};

struct KeyView {
  store::Revision revision = 0;
  ItemView item;

  static void fields(auto& field) {
    field("revision", &KeyView::revision, "revision of the store");
    field("item", &KeyView::item);
  }
};

Task<Payload> get(const StoreDoor* door, Request* request) {
  const std::string& key = request->arguments.text("key");
  store::check_key(key);
  auto step = door->store().get(store::KeyRange::key(key), 0, StoreDoor::deadline());
  store::Snapshot found = co_await std::move(step);
  door->secrets().filter(found.items);
  if (found.items.empty()) throw agent::Error(agent::Errc::not_found, "key");
  co_return payload(KeyView{.revision = found.revision, .item = view_of(*found.items.front())});
}

std::size_t read_limit(const Request& request) {
  const auto limit = static_cast<std::size_t>(request.arguments.integer("limit"));
  return limit == 0 ? kAnswerKeys : std::min(limit, kAnswerKeys);
}

// One more than wanted, to see whether there are more; secrets may be among them.
Task<Payload> range(const StoreDoor* door, Request* request) {
  const std::size_t limit = read_limit(*request);
  const std::size_t asked = door->secrets().is_empty() ? limit + 1 : 0;
  auto step = door->store().get(range_of(request->arguments), asked, StoreDoor::deadline());
  store::Snapshot found = co_await std::move(step);
  const bool with_values = request->arguments.integer("keys_only") == 0;
  co_return payload(view_of(std::move(found), limit, with_values, door->secrets()));
}

// The condition that the request has: `modified`, with 0 for a key that must not be there.
void add_condition(const Request& request, const std::string& key, store::Txn& txn) {
  if (request.arguments.integer("modified") >= 0)
    txn.compares.push_back(store::Compare::unchanged_since(key, request.arguments.integer("modified")));
}

Task<Payload> put(const StoreDoor* door, Request* request) {
  const std::string& key = request->arguments.text("key");
  const std::string& lease = request->arguments.text("lease");
  const std::string value = co_await request->body();
  store::Txn txn = store::Txn::put(key, value, lease.empty() ? 0 : read_lease(lease));
  add_condition(*request, key, txn);
  auto step = commit(door->store(), std::move(txn), StoreDoor::deadline());
  const store::TxnAnswer answer = co_await std::move(step);
  co_return payload(WrittenView{.revision = answer.revision});
}

Task<Payload> erase_key(const StoreDoor* door, Request* request) {
  const std::string& key = request->arguments.text("key");
  store::check_key(key);
  store::Txn txn = store::Txn::erase(store::KeyRange::key(key));
  add_condition(*request, key, txn);
  auto step = commit(door->store(), std::move(txn), StoreDoor::deadline());
  const store::TxnAnswer answer = co_await std::move(step);
  const std::size_t deleted = door->secrets().hides(key) ? 0 : answer.answers.front().deleted;
  co_return payload(WrittenView{.revision = answer.revision, .deleted = deleted});
}

// Whoever deletes many says which: no argument does not mean all of them.
Task<Payload> erase_range(const StoreDoor* door, Request* request) {
  const store::KeyRange range = range_of(request->arguments);
  if (range == store::KeyRange::all()) throw RequestError(400, "Missing [prefix]");
  store::Txn txn;
  txn.then.emplace_back(store::GetOp{range, 0});
  txn.then.emplace_back(store::DeleteOp{range});
  auto step = door->store().txn(std::move(txn), StoreDoor::deadline());
  store::TxnAnswer answer = co_await std::move(step);
  door->secrets().filter(answer.answers.front().items);
  co_return payload(WrittenView{.revision = answer.revision, .deleted = answer.answers.front().items.size()});
}

using Handle = Task<Payload> (*)(const StoreDoor*, Request*);

Route route_of(const StoreDoor& door, std::string_view method, std::string_view pattern,
               std::string_view summary, Handle handle) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.summary = summary;
  route.handler = PayloadTask([&door, handle](Request* request) { return telling(handle(&door, request)); });
  return route;
}

constexpr Parameter kKey{.name = "key", .summary = "the key, 1 to 4096 bytes", .required = true};
constexpr Parameter kModified{.name = "modified",
                              .type = Type::integer,
                              .summary =
                                  "only if that is the key's last change, otherwise 412; 0: only if there is "
                                  "no such key; -1: whatever there is",
                              .fallback = -1,
                              .min = -1};

}  // namespace

void add_store_key_routes(Router& router, const StoreDoor& door) {
  Route show = route_of(door, "GET", "/api/store/key", "One key of the store", get);
  show.parameters = {kKey};
  show.schema = schema_of<KeyView>();
  router.add(std::move(show));

  Route write = route_of(door, "PUT", "/api/store/key", "Put a key: the body is its value", put);
  write.parameters = {kKey, {.name = "lease", .summary = "it is deleted with this lease"}, kModified};
  write.schema = schema_of<WrittenView>();
  write.body_schema = R"({"type":"string","format":"binary"})";
  write.body_type = "application/octet-stream";
  write.body_limit = store::kMaxValue;
  router.add(std::move(write));

  Route remove = route_of(door, "DELETE", "/api/store/key", "Delete a key, if it is there", erase_key);
  remove.parameters = {kKey, kModified};
  remove.schema = schema_of<WrittenView>();
  router.add(std::move(remove));

  Route list =
      route_of(door, "GET", "/api/store/range", "Keys of the store; without a range all of them", range);
  list.parameters = range_parameters();
  list.parameters.push_back({.name = "limit",
                             .type = Type::integer,
                             .summary = "most keys, up to 10000; an answer has at most 8 MiB of them",
                             .fallback = 1000,
                             .min = 1});
  list.parameters.push_back({.name = "keys_only",
                             .type = Type::integer,
                             .summary = "1: without their values",
                             .fallback = 0,
                             .min = 0});
  list.schema = schema_of<ItemsView>();
  router.add(std::move(list));

  Route clear = route_of(door, "DELETE", "/api/store/range", "Delete all keys of a range", erase_range);
  clear.parameters = range_parameters();
  clear.schema = schema_of<WrittenView>();
  router.add(std::move(clear));
}

}  // namespace server::door
