// /api/store/leases: keys that go away unless their owner says again and again that it lives.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/json_body.hpp"
#include "http/schema.hpp"
#include "store_door/key_form.hpp"
#include "store_door/store_door.hpp"
#include "store_door/store_failure.hpp"

namespace server::door {
namespace {

using agent::Task;

struct LeaseView {
  std::string id;
  double ttl = 0;
  double left = 0;
  std::vector<std::string> keys;

  static void fields(auto& field) {
    field("id", &LeaseView::id, "a decimal number");
    field("ttl", &LeaseView::ttl, "seconds that it has after each keep-alive");
    field("left", &LeaseView::left, "seconds until it expires");
    field("keys", &LeaseView::keys, "keys that are put with it", agent::omit_empty);
  }
};

struct GrantBody {
  double ttl = 0;
  std::string id;

  static void fields(auto& field) {
    field("ttl", &GrantBody::ttl, "seconds, 1 to 2592000");
    field("id", &GrantBody::id, "a decimal number; empty: the store chooses");
  }
};

double seconds_of(std::chrono::milliseconds time) { return std::chrono::duration<double>(time).count(); }

LeaseView view_of(const store::LeaseState& lease) {
  return {.id = std::to_string(lease.id),
          .ttl = seconds_of(lease.ttl),
          .left = seconds_of(lease.left),
          .keys = lease.keys};
}

GrantBody read_grant(agent::json::Value body) {
  GrantBody grant;
  try {
    agent::json::read(body, grant);
  } catch (const agent::Error& error) {
    throw RequestError(400, "bad param: " + std::string(error.text()));
  }
  return grant;
}

std::chrono::milliseconds read_ttl(double seconds) {
  if (!(seconds >= 0 && seconds <= 1e9)) throw RequestError(400, "bad param: ttl: 1 to 2592000 seconds");
  const auto ttl = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  store::check_ttl(ttl);
  return ttl;
}

Task<Payload> grant(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await json_body(request);
  const GrantBody wanted = read_grant(body.root());
  const store::LeaseId id = wanted.id.empty() ? 0 : read_lease(wanted.id);
  auto step = door->store().grant(read_ttl(wanted.ttl), id, StoreDoor::deadline());
  const store::LeaseState lease = co_await std::move(step);
  co_return payload(view_of(lease));
}

[[noreturn]] void fail_gone() { throw agent::Error(agent::Errc::not_found, "lease"); }

Task<Payload> keep_alive(const StoreDoor* door, Request* request) {
  auto step = door->store().keep_alive(read_lease(request->arguments.text("id")), StoreDoor::deadline());
  const std::optional<store::LeaseState> lease = co_await std::move(step);
  if (!lease) fail_gone();
  co_return payload(view_of(*lease));
}

Task<Payload> show(const StoreDoor* door, Request* request) {
  auto step = door->store().lease(read_lease(request->arguments.text("id")), StoreDoor::deadline());
  std::optional<store::LeaseState> lease = co_await std::move(step);
  if (!lease) fail_gone();
  door->secrets().filter(lease->keys);
  co_return payload(view_of(*lease));
}

Task<Payload> revoke(const StoreDoor* door, Request* request) {
  auto step = door->store().revoke(read_lease(request->arguments.text("id")), StoreDoor::deadline());
  const bool was_there = co_await std::move(step);
  if (!was_there) fail_gone();
  co_return Payload{};
}

using Handle = Task<Payload> (*)(const StoreDoor*, Request*);

void add(Router& router, const StoreDoor& door, std::string_view method, std::string_view pattern,
         std::string_view summary, Handle handle) {
  Route route;
  route.method = method;
  route.pattern = pattern;
  route.summary = summary;
  if (pattern.find("{id}") != std::string_view::npos)
    route.parameters = {{.name = "id", .in = In::path, .summary = "id of the lease"}};
  if (method != "DELETE") route.schema = schema_of<LeaseView>();
  if (pattern == "/api/store/leases") route.body_schema = schema_of<GrantBody>();
  route.handler = PayloadTask([&door, handle](Request* request) { return telling(handle(&door, request)); });
  router.add(std::move(route));
}

}  // namespace

void add_store_lease_routes(Router& router, const StoreDoor& door) {
  add(router, door, "POST", "/api/store/leases", "Grant a lease", grant);
  add(router, door, "GET", "/api/store/leases/{id}", "What a lease has left, and its keys", show);
  add(router, door, "POST", "/api/store/leases/{id}/keepalive", "The lease has its whole time again",
      keep_alive);
  add(router, door, "DELETE", "/api/store/leases/{id}", "Delete a lease with its keys", revoke);
}

}  // namespace server::door
