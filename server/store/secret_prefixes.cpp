#include "store/secret_prefixes.hpp"

#include <algorithm>

namespace server::store {

bool SecretPrefixes::hides(std::string_view key) const {
  return std::any_of(prefixes_.begin(), prefixes_.end(),
                     [key](const std::string& prefix) { return key.starts_with(prefix); });
}

void SecretPrefixes::filter(std::vector<Item>& items) const {
  if (!is_empty()) std::erase_if(items, [this](const Item& item) { return hides(item->key); });
}

void SecretPrefixes::filter(std::vector<std::string>& keys) const {
  if (!is_empty()) std::erase_if(keys, [this](const std::string& key) { return hides(key); });
}

}  // namespace server::store
