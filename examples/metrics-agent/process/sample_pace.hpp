// SamplePace: how much of a sample is done at a time, so that it takes at most so many items a second. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

class SamplePace {
 public:
  // `limit`: items in a second, 0 for no limit; `standard` in place of a negative one.
  SamplePace(std::int64_t limit, std::int64_t standard) : limit_(limit < 0 ? standard : limit) {}

  // How many units of work to do next, each of so many items: a second's worth, or what takes some 50 ms.
  std::size_t slice(std::size_t items_of_unit) const;
  // How long to wait after so many items.
  std::chrono::nanoseconds pause(std::size_t items) const;

 private:
  std::int64_t limit_;
};
