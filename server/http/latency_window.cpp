#include "http/latency_window.hpp"

#include <algorithm>
#include <bit>

namespace server {

std::size_t LatencyWindow::bucket_of(std::uint64_t microseconds) {
  if (microseconds < 16) return microseconds;
  unsigned power = static_cast<unsigned>(std::bit_width(microseconds)) - 1;  // >= 4
  std::size_t bucket = 16 + (power - 4) * 16 + ((microseconds >> (power - 4)) & 15);
  return std::min(bucket, kBuckets - 1);
}

// The middle of the bucket.
double LatencyWindow::value_of(std::size_t bucket) {
  if (bucket < 16) return static_cast<double>(bucket);
  std::size_t power = (bucket - 16) / 16;
  double width = static_cast<double>(std::uint64_t{1} << power);
  return (16 + static_cast<double>((bucket - 16) % 16) + 0.5) * width;
}

void LatencyWindow::record(Clock::duration took, Clock::time_point now) {
  turn(now);
  auto count = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0));
  counts_[bucket_of(microseconds)].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(microseconds, std::memory_order_relaxed);
}

LatencyWindow::Summary LatencyWindow::last(Clock::time_point now) {
  turn(now);
  std::lock_guard lock(mutex_);
  return last_;
}

// A record that races with the turn counts in one window or the other.
void LatencyWindow::turn(Clock::time_point now) {
  std::int64_t window = now.time_since_epoch() / kLength;
  if (window_.load(std::memory_order_relaxed) == window) return;
  std::lock_guard lock(mutex_);
  std::int64_t before = window_.exchange(window, std::memory_order_relaxed);
  if (before >= window) return;
  Counts counts;
  for (std::size_t i = 0; i < kBuckets; ++i) counts[i] = counts_[i].exchange(0, std::memory_order_relaxed);
  std::uint64_t sum = sum_.exchange(0, std::memory_order_relaxed);
  last_ = before == window - 1 ? summarize(counts, sum) : Summary{};
}

LatencyWindow::Summary LatencyWindow::summarize(const Counts& counts, std::uint64_t sum) {
  std::uint64_t total = 0;
  for (std::uint32_t count : counts) total += count;
  if (total == 0) return {};
  auto quantile = [&](double share) {
    auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total - 1));
    std::size_t bucket = 0;
    for (std::uint64_t seen = counts[0]; seen <= rank; seen += counts[bucket]) ++bucket;
    return value_of(bucket);
  };
  Summary summary;
  summary.per_second = static_cast<double>(total) / static_cast<double>(kLength.count());
  summary.average = static_cast<double>(sum) / static_cast<double>(total);
  summary.p0 = quantile(0);
  summary.p50 = quantile(0.5);
  summary.p90 = quantile(0.9);
  summary.p99 = quantile(0.99);
  summary.p100 = quantile(1);
  return summary;
}

}  // namespace server
