// SecretPrefixes: keys that no answer of the API and no view has (setting store.secret_prefixes). They can be
// written, deleted and compared to. A value; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/key_value.hpp"

namespace server::store {

class SecretPrefixes {
 public:
  SecretPrefixes() = default;
  explicit SecretPrefixes(std::vector<std::string> prefixes) : prefixes_(std::move(prefixes)) {}

  bool hides(std::string_view key) const;
  // There is none.
  bool is_empty() const { return prefixes_.empty(); }
  // Takes what is hidden out of an answer.
  void filter(std::vector<Item>& items) const;
  void filter(std::vector<std::string>& keys) const;

 private:
  std::vector<std::string> prefixes_;
};

}  // namespace server::store
