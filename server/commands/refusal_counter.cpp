#include "commands/refusal_counter.hpp"

#include <bit>

namespace server {

std::optional<RefusalCounter::Line> RefusalCounter::count(const std::string& address, Clock::time_point now) {
  if (!entries_.contains(address) && entries_.size() >= kAddresses) forget(now);
  const bool has_room = entries_.contains(address) || entries_.size() < kAddresses;
  const std::string key = has_room ? address : kOthers;
  Entry& entry = entries_[key];
  if (entry.count == 0 || now - entry.begin >= kWindow) entry = {.begin = now, .count = 0};
  ++entry.count;
  if (!std::has_single_bit(entry.count)) return std::nullopt;
  return Line{.address = key, .count = entry.count};
}

void RefusalCounter::forget(Clock::time_point now) {
  std::erase_if(entries_, [now](const auto& item) { return now - item.second.begin >= kWindow; });
}

}  // namespace server
