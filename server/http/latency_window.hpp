// LatencyWindow: how long things took during the last whole window of five seconds.
//
// Thread-safe; recording is two atomic additions and takes a lock once per window. Values are exact below
// 16 us and within 6 % above.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace server {

class LatencyWindow {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kLength{5};

  struct Summary {
    double per_second = 0;
    // Microseconds, 0 when nothing happened.
    double average = 0, p0 = 0, p50 = 0, p90 = 0, p99 = 0, p100 = 0;
  };

  void record(Clock::duration took, Clock::time_point now);
  // The window before the one that `now` is in.
  Summary last(Clock::time_point now);

 private:
  // 16 buckets of 1 us, then 16 per power of two up to 2^36 us (19 hours).
  static constexpr std::size_t kBuckets = 16 + (36 - 4) * 16;
  using Counts = std::array<std::uint32_t, kBuckets>;

  static std::size_t bucket_of(std::uint64_t microseconds);
  static double value_of(std::size_t bucket);
  static Summary summarize(const Counts& counts, std::uint64_t sum);
  void turn(Clock::time_point now);

  std::array<std::atomic<std::uint32_t>, kBuckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::int64_t> window_{0};  // number of the window that counts_ belongs to
  std::mutex mutex_;                     // guards last_, held once per window and per scrape
  Summary last_;
};

}  // namespace server
