#include "item_check.hpp"

#include <fmt/format.h>

namespace manifest {
namespace {

std::string label_of(const ManifestValue& item, std::size_t number) {
  const ManifestValue* key = item.find("key");
  return key != nullptr && key->is_scalar() && !key->text.empty() ? key->text
                                                                  : fmt::format("item {}", number);
}

}  // namespace

ItemCheck::ItemCheck(const ManifestValue& item, std::size_t number, std::vector<Finding>& findings)
    : item_(item), label_(label_of(item, number)), findings_(findings) {}

const ManifestValue* ItemCheck::member(std::string_view name) const {
  const ManifestValue* found = item_.find(name);
  return found == nullptr || found->form == ManifestValue::Form::none ? nullptr : found;
}

void ItemCheck::error(int line, std::string_view text, std::string_view remedy) {
  add(Finding::Weight::error, line, text, remedy);
}

void ItemCheck::warning(int line, std::string_view text, std::string_view remedy) {
  add(Finding::Weight::warning, line, text, remedy);
}

void ItemCheck::add(Finding::Weight weight, int line, std::string_view text, std::string_view remedy) {
  findings_.push_back({weight, line, fmt::format("{}: {}", label_, text), std::string(remedy)});
}

}  // namespace manifest
