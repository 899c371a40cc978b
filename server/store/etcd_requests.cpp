#include "agent/base64.hpp"
#include "store/etcd_messages.hpp"

namespace server::store {
namespace {

using agent::json::Writer;

void bytes(Writer& out, std::string_view name, std::string_view value) {
  out.key(name).string(agent::encode_base64(value));
}

void number(Writer& out, std::string_view name, std::int64_t value) {
  out.key(name).string(std::to_string(value));
}

// A NUL alone is etcd's first key, and as an end there is none.
void range(Writer& out, const KeyRange& outer) {
  constexpr std::string_view kOpen("\0", 1);
  bytes(out, "key", outer.begin.empty() ? kOpen : std::string_view(outer.begin));
  bytes(out, "range_end", outer.end.empty() ? kOpen : std::string_view(outer.end));
}

void range_body(Writer& out, const KeyRange& outer, std::size_t limit) {
  out.begin_object();
  range(out, outer);
  if (limit != 0) number(out, "limit", static_cast<std::int64_t>(limit));
}

std::string_view name_of(Compare::Is is) {
  switch (is) {
    case Compare::Is::equal: return "EQUAL";
    case Compare::Is::not_equal: return "NOT_EQUAL";
    case Compare::Is::less: return "LESS";
    case Compare::Is::greater: break;
  }
  return "GREATER";
}

struct TargetNames {
  std::string_view target;
  std::string_view field;
};
TargetNames names_of(Compare::Target target) {
  switch (target) {
    case Compare::Target::value: return {"VALUE", "value"};
    case Compare::Target::version: return {"VERSION", "version"};
    case Compare::Target::created: return {"CREATE", "create_revision"};
    case Compare::Target::modified: return {"MOD", "mod_revision"};
    case Compare::Target::lease: break;
  }
  return {"LEASE", "lease"};
}

void write(Writer& out, const Compare& compare, const EtcdKeys& keys) {
  const TargetNames names = names_of(compare.target);
  out.begin_object();
  bytes(out, "key", keys.outside(compare.key));
  out.key("target").string(names.target);
  out.key("result").string(name_of(compare.is));
  if (compare.target == Compare::Target::value) {
    bytes(out, names.field, compare.value);
  } else {
    number(out, names.field, compare.number);
  }
  out.end_object();
}

void write(Writer& out, const PutOp& put, const EtcdKeys& keys) {
  out.key("request_put").begin_object();
  bytes(out, "key", keys.outside(put.key));
  bytes(out, "value", put.value);
  if (put.lease != 0) number(out, "lease", put.lease);
  out.end_object();
}

void write(Writer& out, const DeleteOp& erase, const EtcdKeys& keys) {
  out.key("request_delete_range").begin_object();
  range(out, keys.outside(erase.range));
  out.end_object();
}

void write(Writer& out, const GetOp& get, const EtcdKeys& keys) {
  out.key("request_range");
  range_body(out, keys.outside(get.range), get.limit);
  out.end_object();
}

void branch(Writer& out, std::string_view name, const std::vector<Operation>& operations,
            const EtcdKeys& keys) {
  out.key(name).begin_array();
  for (const Operation& operation : operations) {
    out.begin_object();
    std::visit([&](const auto& one) { write(out, one, keys); }, operation);
    out.end_object();
  }
  out.end_array();
}

std::string with_id(LeaseId id, std::string_view name, bool value) {
  Writer out;
  out.begin_object();
  number(out, "ID", id);
  if (value) out.key(name).boolean(true);
  out.end_object();
  return out.take();
}

}  // namespace

std::string range_request(const KeyRange& outer, std::size_t limit, Revision at, bool linear) {
  Writer out;
  range_body(out, outer, limit);
  if (at != 0) number(out, "revision", at);
  if (!linear) out.key("serializable").boolean(true);
  out.end_object();
  return out.take();
}

std::string txn_request(const Txn& txn, const EtcdKeys& keys) {
  Writer out;
  out.begin_object();
  out.key("compare").begin_array();
  for (const Compare& compare : txn.compares) write(out, compare, keys);
  out.end_array();
  branch(out, "success", txn.then, keys);
  branch(out, "failure", txn.otherwise, keys);
  out.end_object();
  return out.take();
}

std::string watch_request(const KeyRange& outer, Revision from) {
  Writer out;
  out.begin_object().key("create_request").begin_object();
  range(out, outer);
  number(out, "start_revision", from);
  out.key("progress_notify").boolean(true);
  out.key("fragment").boolean(true);
  out.end_object().end_object();
  return out.take();
}

std::string progress_request() { return R"({"progress_request":{}})"; }

std::string grant_request(LeaseId id, std::chrono::seconds ttl) {
  Writer out;
  out.begin_object();
  number(out, "TTL", ttl.count());
  number(out, "ID", id);
  out.end_object();
  return out.take();
}

std::string lease_request(LeaseId id) { return with_id(id, {}, false); }
std::string lease_keys_request(LeaseId id) { return with_id(id, "keys", true); }

std::string authenticate_request(std::string_view user, std::string_view password) {
  Writer out;
  out.begin_object();
  out.key("name").string(user);
  out.key("password").string(password);
  out.end_object();
  return out.take();
}

}  // namespace server::store
