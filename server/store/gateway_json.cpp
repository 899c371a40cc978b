#include "store/gateway_json.hpp"

#include <charconv>
#include <limits>

#include "agent/base64.hpp"
#include "agent/error.hpp"

namespace server::store::gateway {
namespace {

using agent::json::Value;
using agent::json::Writer;

constexpr std::string_view kNul("\0", 1);

std::string camel(std::string_view name) {
  std::string out;
  bool is_upper = false;
  for (const char c : name) {
    if (c == '_') {
      is_upper = true;
    } else {
      out += is_upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      is_upper = false;
    }
  }
  return out;
}

template <class Number>
Number parse_number(Value value) {
  const std::string_view text = value.as_string();
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    throw agent::Error(agent::Errc::bad_message, "expected an integer of 64 bits, as a string");
  return number;
}

}  // namespace

Value field(Value object, std::string_view name) {
  const Value plain = object.find(name);
  return plain.is_null() && name.find('_') != std::string_view::npos ? object.find(camel(name)) : plain;
}

std::int64_t read_int64(Value value) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (value.is_null()) return 0;
  return value.is_number() ? value.as_int(Limits::min(), Limits::max()) : parse_number<std::int64_t>(value);
}

std::uint64_t read_uint64(Value value) {
  if (value.is_null()) return 0;
  return value.is_number() ? value.as_uint(std::numeric_limits<std::uint64_t>::max())
                           : parse_number<std::uint64_t>(value);
}

std::string read_bytes(Value value) {
  return value.is_null() ? std::string() : agent::decode_base64(value.as_string());
}

bool read_bool(Value value) { return !value.is_null() && value.as_bool(); }

void write_int64(Writer& out, std::string_view name, std::int64_t value) {
  if (value != 0) out.key(name).string(std::to_string(value));
}

void write_uint64(Writer& out, std::string_view name, std::uint64_t value) {
  if (value != 0) out.key(name).string(std::to_string(value));
}

void write_bytes(Writer& out, std::string_view name, std::string_view bytes) {
  if (!bytes.empty()) out.key(name).string(agent::encode_base64(bytes));
}

void write_true(Writer& out, std::string_view name, bool value) {
  if (value) out.key(name).boolean(true);
}

void write(Writer& out, const Header& header) {
  out.begin_object();
  write_uint64(out, "cluster_id", header.cluster_id);
  write_uint64(out, "member_id", header.member_id);
  write_int64(out, "revision", header.revision);
  write_uint64(out, "raft_term", header.raft_term);
  out.end_object();
}

Header read_header(Value value) {
  return {.cluster_id = read_uint64(field(value, "cluster_id")),
          .member_id = read_uint64(field(value, "member_id")),
          .revision = read_int64(field(value, "revision")),
          .raft_term = read_uint64(field(value, "raft_term"))};
}

void write(Writer& out, const KeyValue& item, bool with_value) {
  out.begin_object();
  write_bytes(out, "key", item.key);
  if (!item.is_deleted()) write_int64(out, "create_revision", item.created);
  write_int64(out, "mod_revision", item.modified);
  if (!item.is_deleted()) {
    write_int64(out, "version", item.version);
    if (with_value) write_bytes(out, "value", item.value);
    write_int64(out, "lease", item.lease);
  }
  out.end_object();
}

KeyValue read_key_value(Value value) {
  KeyValue item;
  item.key = read_bytes(field(value, "key"));
  item.value = read_bytes(field(value, "value"));
  item.created = read_int64(field(value, "create_revision"));
  item.modified = read_int64(field(value, "mod_revision"));
  item.version = read_int64(field(value, "version"));
  item.lease = read_int64(field(value, "lease"));
  return item;
}

void write_event(Writer& out, const KeyValue& now) {
  out.begin_object();
  if (now.is_deleted()) out.key("type").string("DELETE");
  out.key("kv");
  write(out, now);
  out.end_object();
}

Event read_event(Value value) {
  Event event{.now = read_key_value(field(value, "kv")), .before = std::nullopt};
  const Value type = field(value, "type");
  const bool is_delete =
      type.is_number() ? type.as_int(0, 1) == 1 : type.is_string() && type.as_string() == "DELETE";
  if (is_delete) event.now.version = 0;
  const Value before = field(value, "prev_kv");
  if (!before.is_null()) event.before = read_key_value(before);
  return event;
}

std::optional<KeyRange> range_of(std::string key, std::string range_end) {
  if (range_end.empty()) return KeyRange::key(key);
  if (range_end == kNul) range_end.clear();
  if (!range_end.empty() && range_end <= key) return std::nullopt;
  return KeyRange{std::move(key), std::move(range_end)};
}

void write_range(Writer& out, const KeyRange& range) {
  write_bytes(out, "key", range.begin.empty() ? kNul : std::string_view(range.begin));
  if (range == KeyRange::key(range.begin)) return;
  write_bytes(out, "range_end", range.end.empty() ? kNul : std::string_view(range.end));
}

}  // namespace server::store::gateway
