// ChangeHistory: the last changes of a store, so that a watch can begin in the past. A bounded ring: what it
// has no room for is compacted, whole revisions at a time. A value in memory; one thread changes it.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include "store/key_value.hpp"

namespace server::store {

struct HistoryLimits {
  std::size_t events = 10'000;
  std::size_t bytes = 16 * 1024 * 1024;  // KeyValue::cost() of them
};

class ChangeHistory {
 public:
  explicit ChangeHistory(Revision compacted = 0) : compacted_(compacted) {}

  // In the order of their revisions, all behind compacted().
  void add(const Item& event);
  // Forgets everything up to `revision`.
  void compact(Revision revision);

  // Everything behind it is here.
  Revision compacted() const { return compacted_; }
  std::size_t size() const { return events_.size(); }
  std::size_t bytes() const { return bytes_; }

  // The events from `from` on until `use` returns false.
  void visit(Revision from, const std::function<bool(const Item&)>& use) const;
  // Up to where it must be compacted to be within the limits when events of this number and cost come to it;
  // compacted() while they are exceeded by less than an eighth, so that compacting is seldom.
  Revision compaction_for(std::size_t events, std::size_t bytes, const HistoryLimits& limits) const;

 private:
  std::deque<Item> events_;
  std::size_t bytes_ = 0;
  Revision compacted_;
};

}  // namespace server::store
