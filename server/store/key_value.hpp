// KeyValue: one key of a store as it was at a revision. KeyRange: which keys. Values; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/store_error.hpp"

namespace server::store {

using LeaseId = std::int64_t;

// One that nobody guesses, and no two leases have.
LeaseId new_lease_id();
// Random bytes of a store's id, which is their hexadecimal digits.
inline constexpr std::size_t kIdBytes = 8;

// A key is bytes, of any kind; of etcd's keys only the length is not bounded.
inline constexpr std::size_t kMaxKey = 4096;
inline constexpr std::size_t kMaxValue = 1024 * 1024;
// What a key costs beside its bytes, roughly: the engines' limits count it.
inline constexpr std::size_t kKeyCost = 192;

struct KeyValue {
  std::string key;
  std::string value;
  Revision created = 0;      // of the put that made the key
  Revision modified = 0;     // of the last put, or of the delete
  std::int64_t version = 0;  // puts since it was made; 0: the key was deleted
  LeaseId lease = 0;         // the one it was put with last; 0 = none

  bool is_deleted() const { return version == 0; }
  std::size_t cost() const { return key.size() + value.size() + kKeyCost; }
};

// Shared by everything that shows it: an answer of a thousand keys copies no bytes.
using Item = std::shared_ptr<const KeyValue>;

// begin <= key < end, as bytes. An empty end is none.
struct KeyRange {
  std::string begin;
  std::string end;

  static KeyRange all() { return {}; }
  static KeyRange key(std::string_view key);
  // Every key that begins with `prefix`; of "" all of them.
  static KeyRange prefix(std::string_view prefix);

  bool contains(std::string_view key) const { return key >= begin && (end.empty() || key < end); }
  bool operator==(const KeyRange&) const = default;
};

// Throws Fault::refused: empty, or longer than kMaxKey.
void check_key(std::string_view key);
// Throws Fault::refused: inverted, or longer than kMaxKey. Empty ranges are inverted.
void check(const KeyRange& range);

// What a get found.
struct Snapshot {
  Revision revision = 0;    // of the store: what the items are at
  std::vector<Item> items;  // in the order of their keys
  bool more = false;        // there are more than the limit
};

}  // namespace server::store
