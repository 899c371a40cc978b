// ItemCheck: where the rules for one item of a manifest put what they find. Lives as long as the check.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "finding.hpp"
#include "manifest_value.hpp"

namespace manifest {

class ItemCheck {
 public:
  // `number` from 1.
  ItemCheck(const ManifestValue& item, std::size_t number, std::vector<Finding>& findings);

  const ManifestValue& item() const { return item_; }
  const std::string& label() const { return label_; }  // the key, "item 3" for one without
  // Null when it is missing or has no value.
  const ManifestValue* member(std::string_view name) const;

  void error(int line, std::string_view text, std::string_view remedy);
  void warning(int line, std::string_view text, std::string_view remedy);

 private:
  void add(Finding::Weight weight, int line, std::string_view text, std::string_view remedy);

  const ManifestValue& item_;
  std::string label_;
  std::vector<Finding>& findings_;
};

// What each member has to be, and which there are (docs/manifest.md).
void check_members(ItemCheck& check);

// The members that say which values a setting may have, and its default.
void check_values(ItemCheck& check);

// enabled.when: what each item needs is there, of a type that fits, and does not need the item in turn.
void check_dependencies(std::vector<ItemCheck>& checks);

}  // namespace manifest
