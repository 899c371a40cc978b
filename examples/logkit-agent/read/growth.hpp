// Growth: when the bytes of a file came, as far as somebody was there to see it: how long a line has waited.
//
// Bytes that were there before are as old as the file's last change, or older: their age is the least that it
// can be. The age of others is known to a second; where reading is held back for minutes it becomes coarser,
// and then too large rather than too small. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace logkit {

struct Arrival {
  std::chrono::steady_clock::time_point when{};
  bool is_latest = false;  // it may have been before
};

class Growth {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The file begins, with so many bytes that came at that time or before.
  void begin(std::uint64_t size, Time changed);
  // It has that size now.
  void grew(std::uint64_t size, Time now);
  // When the byte at that offset came; nothing: it has not.
  std::optional<Arrival> arrival(std::uint64_t offset) const;
  // Bytes before it are not asked for any more.
  void forget_before(std::uint64_t offset);

 private:
  static constexpr std::size_t kMost = 32;
  struct Step {
    std::uint64_t size;
    Time when;
  };

  std::vector<Step> steps_;
  std::uint64_t old_size_ = 0;
};

}  // namespace logkit
