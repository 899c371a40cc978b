#include "store/change_history.hpp"

#include <algorithm>

namespace server::store {

void ChangeHistory::add(const Item& event) {
  events_.push_back(event);
  bytes_ += event->cost();
}

void ChangeHistory::compact(Revision revision) {
  while (!events_.empty() && events_.front()->modified <= revision) {
    bytes_ -= events_.front()->cost();
    events_.pop_front();
  }
  compacted_ = std::max(compacted_, revision);
}

void ChangeHistory::visit(Revision from, const std::function<bool(const Item&)>& use) const {
  auto event =
      std::lower_bound(events_.begin(), events_.end(), from,
                       [](const Item& item, Revision revision) { return item->modified < revision; });
  for (; event != events_.end(); ++event)
    if (!use(*event)) return;
}

Revision ChangeHistory::compaction_for(std::size_t events, std::size_t bytes,
                                       const HistoryLimits& limits) const {
  events += events_.size();
  bytes += bytes_;
  if (events <= limits.events + limits.events / 8 && bytes <= limits.bytes + limits.bytes / 8)
    return compacted_;
  Revision out = compacted_;
  for (const Item& event : events_) {
    // A revision that was begun goes whole.
    if (event->modified != out && events <= limits.events && bytes <= limits.bytes) break;
    out = event->modified;
    --events;
    bytes -= event->cost();
  }
  return out;
}

}  // namespace server::store
