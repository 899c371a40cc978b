#include "store/key_space.hpp"

namespace server::store {

Item KeySpace::find(std::string_view key) const {
  const auto found = items_.find(key);
  return found == items_.end() ? nullptr : *found;
}

void KeySpace::apply(const Item& item) {
  auto place = items_.lower_bound(std::string_view(item->key));
  if (place != items_.end() && (*place)->key == item->key) {
    bytes_ -= (*place)->cost();
    place = items_.erase(place);
  }
  if (item->is_deleted()) return;
  items_.insert(place, item);
  bytes_ += item->cost();
}

void KeySpace::visit(const KeyRange& range, const std::function<bool(const Item&)>& use) const {
  for (auto item = items_.lower_bound(std::string_view(range.begin));
       item != items_.end() && range.contains((*item)->key); ++item)
    if (!use(*item)) return;
}

Snapshot KeySpace::snapshot(const KeyRange& range, std::size_t limit, Revision revision) const {
  Snapshot out;
  out.revision = revision;
  visit(range, [&](const Item& item) {
    out.more = limit != 0 && out.items.size() == limit;
    if (!out.more) out.items.push_back(item);
    return !out.more;
  });
  return out;
}

}  // namespace server::store
