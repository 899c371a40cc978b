// POST /v3/lease/grant, keepalive, revoke, timetolive (the last two also below /v3/kv): leases, as etcd's
// JSON gateway has them.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "agent/base64.hpp"
#include "store_door/gateway_body.hpp"
#include "store_door/gateway_failure.hpp"
#include "store_door/store_door.hpp"

namespace server::door {
namespace {

namespace gateway = store::gateway;
using agent::Task;
using agent::json::Writer;

// etcd's least TTL, to which it raises what is less.
constexpr std::int64_t kLeastSeconds = 2;

// Whole ones that have not passed yet, as etcd counts.
std::int64_t seconds_of(std::chrono::milliseconds time) {
  return std::chrono::floor<std::chrono::seconds>(time).count();
}

std::chrono::milliseconds read_ttl(agent::json::Value body) {
  const std::int64_t ttl = gateway::read_int64(gateway::field(body, "TTL"));
  constexpr std::int64_t kMost = std::chrono::seconds(store::kMostTtl).count();
  if (ttl > kMost) throw GatewayError(GrpcCode::out_of_range, "etcdserver: too large lease TTL");
  return std::chrono::seconds(std::max(ttl, kLeastSeconds));
}

store::LeaseId read_id(agent::json::Value body) { return gateway::read_int64(gateway::field(body, "ID")); }

// What a keep-alive says, and what a grant does.
std::string lease_text(const StoreDoor& door, store::Revision revision, store::LeaseId id, std::int64_t ttl) {
  Writer out;
  out.begin_object().key("header");
  gateway::write(out, door.header(revision));
  gateway::write_int64(out, "ID", id);
  gateway::write_int64(out, "TTL", ttl);
  return out.end_object().take();
}

Task<Reply> grant(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  auto step = door->store().grant(read_ttl(body.root()), read_id(body.root()), StoreDoor::deadline());
  const store::LeaseState lease = co_await std::move(step);
  co_return json_reply(200, lease_text(*door, lease.revision, lease.id, seconds_of(lease.ttl)));
}

// A stream of etcd's: one line. A lease that is gone has no TTL.
Task<Reply> keep_alive(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  const store::LeaseId id = read_id(body.root());
  auto step = door->store().keep_alive(id, StoreDoor::deadline());
  const std::optional<store::LeaseState> lease = co_await std::move(step);
  const store::Revision revision = lease ? lease->revision : door->store().revision();
  const std::string text = lease_text(*door, revision, id, lease ? seconds_of(lease->ttl) : 0);
  co_return json_reply(200, "{\"result\":" + text + "}\n");
}

Task<Reply> revoke(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  auto step = door->store().revoke(read_id(body.root()), StoreDoor::deadline());
  const bool was_there = co_await std::move(step);
  if (!was_there) throw GatewayError(GrpcCode::not_found, "etcdserver: requested lease not found");
  Writer out;
  out.begin_object().key("header");
  gateway::write(out, door->header(door->store().revision()));
  co_return json_reply(200, out.end_object().take());
}

std::string state_text(const StoreDoor& door, store::LeaseId id, std::optional<store::LeaseState> lease,
                       bool with_keys) {
  Writer out;
  out.begin_object().key("header");
  gateway::write(out, door.header(lease ? lease->revision : door.store().revision()));
  gateway::write_int64(out, "ID", id);
  gateway::write_int64(out, "TTL", lease ? seconds_of(lease->left) : -1);
  if (lease) gateway::write_int64(out, "grantedTTL", seconds_of(lease->ttl));
  if (lease) door.secrets().filter(lease->keys);
  if (lease && with_keys && !lease->keys.empty()) {
    out.key("keys").begin_array();
    for (const std::string& key : lease->keys) out.string(agent::encode_base64(key));
    out.end_array();
  }
  return out.end_object().take();
}

Task<Reply> time_to_live(const StoreDoor* door, Request* request) {
  const agent::json::Document body = co_await gateway_body(request);
  const store::LeaseId id = read_id(body.root());
  const bool with_keys = gateway::read_bool(gateway::field(body.root(), "keys"));
  auto step = door->store().lease(id, StoreDoor::deadline());
  std::optional<store::LeaseState> lease = co_await std::move(step);
  co_return json_reply(200, state_text(*door, id, std::move(lease), with_keys));
}

constexpr std::string_view kIdSchema =
    R"({"type":"object","properties":{"ID":{"type":"string","format":"int64"}}})";
constexpr std::string_view kGrantSchema =
    R"({"type":"object","properties":{"TTL":{"type":"string","format":"int64","description":"seconds"},)"
    R"("ID":{"type":"string","format":"int64","description":"0: the store chooses"}}})";
constexpr std::string_view kStateSchema =
    R"({"type":"object","properties":{"ID":{"type":"string","format":"int64"},"keys":{"type":"boolean"}}})";

}  // namespace

void add_gateway_lease_routes(Router& router, const StoreDoor& door) {
  const auto add = [&](std::string_view pattern, std::string_view summary, std::string_view schema,
                       Task<Reply> (*handle)(const StoreDoor*, Request*),
                       GatewayForm form = GatewayForm::call) {
    router.add(gateway_route(
        pattern, summary, std::string(schema),
        [&door, handle](Request* request) { return handle(&door, request); }, form));
  };
  add("/v3/lease/grant", "Grant a lease, as etcd's gateway has it", kGrantSchema, grant);
  add("/v3/lease/keepalive", "Keep a lease alive, as etcd's gateway has it: one answer, which ends",
      kIdSchema, keep_alive, GatewayForm::stream);
  for (const std::string_view pattern : {"/v3/lease/revoke", "/v3/kv/lease/revoke"})
    add(pattern, "Revoke a lease, as etcd's gateway has it", kIdSchema, revoke);
  for (const std::string_view pattern : {"/v3/lease/timetolive", "/v3/kv/lease/timetolive"})
    add(pattern, "What a lease has left, as etcd's gateway has it", kStateSchema, time_to_live);
}

}  // namespace server::door
