#include "store_door/key_form.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "agent/base64.hpp"
#include "agent/utf8.hpp"
#include "http/reply.hpp"

namespace server::door {
namespace {

void set_text(std::string_view bytes, std::optional<std::string>& text, std::optional<std::string>& base64) {
  if (agent::is_utf8(bytes)) {
    text = std::string(bytes);
  } else {
    base64 = agent::encode_base64(bytes);
  }
}

}  // namespace

ItemView view_of(const store::KeyValue& item, bool with_value) {
  ItemView view;
  set_text(item.key, view.key, view.key_base64);
  view.modified = item.modified;
  if (item.is_deleted()) return view;
  if (with_value) set_text(item.value, view.value, view.value_base64);
  view.created = item.created;
  view.version = item.version;
  if (item.lease != 0) view.lease = std::to_string(item.lease);
  return view;
}

ItemsView view_of(store::Snapshot found, std::size_t limit, bool with_values,
                  const store::SecretPrefixes& secrets, std::size_t bytes) {
  secrets.filter(found.items);
  const std::size_t most = std::min(limit, kAnswerKeys);
  ItemsView view{.revision = found.revision, .items = {}, .more = found.more};
  std::size_t used = 0;
  for (const store::Item& item : found.items) {
    used += with_values ? item->cost() : item->key.size() + store::kKeyCost;
    if (view.items.size() >= most || (used > bytes && !view.items.empty())) {
      view.more = true;
      break;
    }
    view.items.push_back(view_of(*item, with_values));
  }
  return view;
}

std::vector<Parameter> range_parameters() {
  return {{.name = "key", .summary = "the one key"},
          {.name = "prefix", .summary = "all keys that begin so"},
          {.name = "begin", .summary = "all keys from this one on"},
          {.name = "end", .summary = "up to this one, which is not among them"}};
}

store::KeyRange range_of(const Arguments& arguments) {
  const std::string& key = arguments.text("key");
  const std::string& prefix = arguments.text("prefix");
  store::KeyRange range{arguments.text("begin"), arguments.text("end")};
  const bool is_range = !range.begin.empty() || !range.end.empty();
  if ((key.empty() ? 0 : 1) + (prefix.empty() ? 0 : 1) + (is_range ? 1 : 0) > 1)
    throw RequestError(400, "bad param: one of key, prefix, or begin and end is wanted");
  if (!key.empty()) return store::KeyRange::key(key);
  return is_range ? range : store::KeyRange::prefix(prefix);
}

store::LeaseId read_lease(const std::string& text) {
  store::LeaseId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0)
    throw RequestError(400, "bad param: lease: '" + text + "' is no id of a lease");
  return id;
}

}  // namespace server::door
