// BodyKeys: which keys the body of a route may have. IgnoredKeys: those of one request that nobody knows.
//
// Bodies are read as Go reads them: what nobody knows is ignored, so a mistyped key changes nothing and says
// nothing. Its sender is told by a header of the reply, whatever that is:
//
//   X-Ignored-Keys: tiemout;nearest=timeout, colour
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/json.hpp"

namespace server {

inline constexpr std::string_view kIgnoredKeysHeader = "X-Ignored-Keys";
// Bytes of the header's value.
inline constexpr std::size_t kIgnoredKeysLimit = 1024;

class IgnoredKeys {
 public:
  // `nearest`: the known key that was meant, perhaps; "" = none is near. A key counts once.
  void add(std::string_view key, std::string_view nearest = {});
  bool empty() const { return entries_.empty(); }
  // In the order of the body; everything but letters, digits, '-', '.', '_' and '~' is percent-encoded, and
  // long keys end in "...". Those beyond the limit are counted: ", +7".
  std::string header() const;

 private:
  std::vector<std::string> entries_;
  std::size_t size_ = 0;  // bytes of the entries
  std::size_t more_ = 0;  // that are not among them
};

class BodyKeys {
 public:
  // Any key.
  BodyKeys() = default;
  // The keys of a schema; "", and an object without "properties" or with "additionalProperties", mean any.
  explicit BodyKeys(std::string_view schema);

  // Adds what a JSON body has beside these: "a.b" for a key of a nested object, "list.b" for one of its
  // elements. Keys match without regard to case, as fields do.
  void find_ignored(agent::json::Value body, IgnoredKeys& ignored) const;
  // The same for one field of a form, whose name matches exactly.
  void check_field(std::string_view name, IgnoredKeys& ignored) const;

 private:
  explicit BodyKeys(agent::json::Value schema);
  const BodyKeys* find(std::string_view key) const;
  void find_within(agent::json::Value body, const std::string& path, IgnoredKeys& ignored) const;

  bool any_ = true;
  std::vector<std::string> names_;
  std::vector<BodyKeys> inside_;  // of each name; of a list what is in its elements
};

}  // namespace server
