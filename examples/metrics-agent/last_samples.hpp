// LastSamples: of each kind the newest sample, of reports and requests, for whoever need not have a fresh
// one. No I/O.
#pragma once

#include <agent/clock.hpp>
#include <agent/wire/host.hpp>
#include <agent/wire/metrics.hpp>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "task_settings.hpp"

// What a request wants of a part. `top`: most processes, 0 all; `kinds`: of connections, none for all.
struct PartWish {
  Job part = Job::usage;
  std::size_t top = 0;
  std::vector<std::string> kinds;
};

class LastSamples {
 public:
  using Time = agent::Clock::time_point;

  void keep(Time begun, const agent::wire::StaticReply& facts);
  // `wish`: what was sampled.
  void keep(Time begun, const PartWish& wish, const agent::wire::DynamicReply& part);

  // The last one if it was begun at `not_before` or later.
  std::optional<agent::wire::StaticReply> find(Time not_before) const;
  // The same, and if it has all that is wanted: of a longer list what is not wanted is left out.
  std::optional<agent::wire::DynamicReply> find(Time not_before, const PartWish& wish) const;

 private:
  struct Part {
    Time begun;
    PartWish wish;
    agent::wire::DynamicReply sample;
  };

  Time facts_begun_;
  std::optional<agent::wire::StaticReply> facts_;
  std::array<std::optional<Part>, kJobs.size()> parts_;
};

// The processes with the most CPU time, at most `top` of them, busiest first; all as they are when there are
// no more, or top is 0.
void leave_busiest(std::vector<agent::wire::ProcessUsage>& processes, std::size_t top);

// A connection of this type ("tcp6") is one of these kinds ("tcp"); originals call some of unix "file".
bool is_of_kinds(std::string_view type, const std::vector<std::string>& kinds);
