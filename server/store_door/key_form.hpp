// Keys and values of the store as /api/store has them: text where they are UTF-8, base64 where they are not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/fields.hpp"
#include "http/parameter.hpp"
#include "store/key_value.hpp"
#include "store/secret_prefixes.hpp"

namespace server::door {

// Bytes of the keys and values of one answer, and its most keys: the rest is asked for behind the last one.
inline constexpr std::size_t kAnswerBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kAnswerKeys = 10'000;

struct ItemView {
  std::optional<std::string> key;
  std::optional<std::string> key_base64;
  std::optional<std::string> value;
  std::optional<std::string> value_base64;
  store::Revision created = 0;
  store::Revision modified = 0;
  std::int64_t version = 0;
  std::string lease;

  static void fields(auto& field) {
    field("key", &ItemView::key, "the key, if it is UTF-8", agent::omit_empty);
    field("key_base64", &ItemView::key_base64, "otherwise", agent::omit_empty);
    field("value", &ItemView::value, "the value, if it is UTF-8", agent::omit_empty);
    field("value_base64", &ItemView::value_base64, "otherwise", agent::omit_empty);
    field("created", &ItemView::created, "revision of the put that made the key; 0: it was deleted");
    field("modified", &ItemView::modified, "revision of the last change");
    field("version", &ItemView::version, "puts since it was made; 0: it was deleted");
    field("lease", &ItemView::lease, "the lease that it was put with last", agent::omit_empty);
  }
};
ItemView view_of(const store::KeyValue& item, bool with_value = true);

struct ItemsView {
  store::Revision revision = 0;
  std::vector<ItemView> items;
  bool more = false;

  static void fields(auto& field) {
    field("revision", &ItemsView::revision, "revision of the store");
    field("items", &ItemsView::items, "in the order of their keys");
    field("more", &ItemsView::more, "there are more; the next ones are behind the last key",
          agent::omit_empty);
  }
};
// At most `limit` items and `bytes`, but one item whatever its size; nothing that is hidden.
ItemsView view_of(store::Snapshot found, std::size_t limit, bool with_values,
                  const store::SecretPrefixes& secrets, std::size_t bytes = kAnswerBytes);

// ---- which keys a request is about: `key`, `prefix`, or `begin` and `end`; without any of them all

std::vector<Parameter> range_parameters();
// Throws RequestError.
store::KeyRange range_of(const Arguments& arguments);

// Decimal, as a lease's id is written: more than some readers of JSON take for a number. Throws RequestError.
store::LeaseId read_lease(const std::string& text);

}  // namespace server::door
