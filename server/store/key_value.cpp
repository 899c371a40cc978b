#include "store/key_value.hpp"

#include <array>
#include <cstring>

#include "base/random_bytes.hpp"

namespace server::store {

LeaseId new_lease_id() {
  std::array<unsigned char, sizeof(LeaseId)> bytes{};
  agent::fill_random(bytes);
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return static_cast<LeaseId>(value >> 1 | 1);
}

KeyRange KeyRange::key(std::string_view key) {
  KeyRange range{std::string(key), std::string(key)};
  range.end.push_back('\0');
  return range;
}

KeyRange KeyRange::prefix(std::string_view prefix) {
  KeyRange range{std::string(prefix), std::string(prefix)};
  while (!range.end.empty() && static_cast<unsigned char>(range.end.back()) == 0xff) range.end.pop_back();
  if (!range.end.empty()) range.end.back() = static_cast<char>(range.end.back() + 1);
  return range;
}

void check_key(std::string_view key) {
  if (key.empty()) throw StoreError(Fault::refused, "key: empty");
  if (key.size() > kMaxKey)
    throw StoreError(Fault::refused,
                     "key: " + std::to_string(key.size()) + " bytes, more than " + std::to_string(kMaxKey));
}

void check(const KeyRange& range) {
  // The end behind a longest key is a byte longer.
  if (range.begin.size() > kMaxKey || range.end.size() > kMaxKey + 1)
    throw StoreError(Fault::refused, "range: longer than a key may be, " + std::to_string(kMaxKey));
  if (!range.end.empty() && range.end <= range.begin)
    throw StoreError(Fault::refused, "range: its end is not behind its begin");
}

}  // namespace server::store
