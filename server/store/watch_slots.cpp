#include "store/watch_slots.hpp"

#include <algorithm>

namespace server::store {
namespace {

void take_out(std::vector<WatchSlots::Slot>& slots, const WatchSlots::Slot& slot) {
  const auto found = std::find(slots.begin(), slots.end(), slot);
  std::swap(*found, slots.back());
  slots.pop_back();
}

// One less; an entry of none is erased.
void count_down(auto& counts, const auto& key) {
  const auto count = counts.find(key);
  if (--count->second == 0) counts.erase(count);
}

}  // namespace

bool WatchSlots::is_by_begin(const KeyRange& range) {
  return range == KeyRange::prefix(range.begin) || range == KeyRange::key(range.begin);
}

void WatchSlots::add(const Slot& slot) {
  ++size_;
  if (slot->client) ++clients_[*slot->client];
  if (!is_by_begin(slot->range)) return others_.push_back(slot);
  std::vector<Slot>& slots = by_begin_[slot->range.begin];
  if (slots.empty()) ++lengths_[slot->range.begin.size()];
  slots.push_back(slot);
}

void WatchSlots::remove(const Slot& slot) {
  --size_;
  if (slot->client) count_down(clients_, *slot->client);
  if (!is_by_begin(slot->range)) return take_out(others_, slot);
  const auto slots = by_begin_.find(slot->range.begin);
  take_out(slots->second, slot);
  if (!slots->second.empty()) return;
  by_begin_.erase(slots);
  count_down(lengths_, slot->range.begin.size());
}

std::size_t WatchSlots::size_of(const std::string& client) const {
  const auto found = clients_.find(client);
  return found == clients_.end() ? 0 : found->second;
}

void WatchSlots::visit(std::string_view key, const std::function<void(const Slot&)>& use) const {
  const auto use_fitting = [&](const std::vector<Slot>& slots) {
    for (const Slot& slot : slots)
      if (slot->range.contains(key)) use(slot);
  };
  for (const auto& [length, count] : lengths_) {
    if (length > key.size()) break;
    const auto slots = by_begin_.find(key.substr(0, length));
    if (slots != by_begin_.end()) use_fitting(slots->second);
  }
  use_fitting(others_);
}

void WatchSlots::visit_all(const std::function<void(const Slot&)>& use) const {
  for (const auto& [begin, slots] : by_begin_)
    for (const Slot& slot : slots) use(slot);
  for (const Slot& slot : others_) use(slot);
}

}  // namespace server::store
