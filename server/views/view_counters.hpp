// ViewCounters: what views have done since the start. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "agent/metrics.hpp"

namespace server::views {

inline constexpr std::array<std::string_view, 5> kEventNames{"init", "update", "delete", "error",
                                                             "heartbeat"};

struct ViewCounters {
  std::array<agent::metrics::Counter, kEventNames.size()> events;  // sent to watchers
  agent::metrics::Counter made;                                    // answers, each for all who read it
  agent::metrics::Counter refused;                                 // of these: nothing to be believed
  agent::metrics::Counter denied;                                  // requests that may not be answered

  void count_event(std::string_view name) {
    for (std::size_t i = 0; i < kEventNames.size(); ++i)
      if (kEventNames[i] == name) events[i].add();
  }
};

}  // namespace server::views
