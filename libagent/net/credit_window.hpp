// CreditWindow: how much a receiver lets come before it takes it. Pure.
//
// Twice what the way holds: then the sender need not wait for credit, and messages of the same connection
// wait behind little. How long the way is, the first bytes show, which nothing is queued before; how fast it
// is, the later ones.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "agent/clock.hpp"

namespace agent::net {

// 100 Mbit/s over 80 ms, and all that a receiver keeps in memory.
inline constexpr std::uint64_t kBulkWindow = 1024 * 1024;
// With which a stream begins.
inline constexpr std::uint64_t kFirstWindow = 256 * 1024;
inline constexpr std::uint64_t kLeastWindow = 64 * 1024;

class CreditWindow {
 public:
  // kLeastWindow to kBulkWindow.
  std::uint64_t size() const { return size_; }

  // Credit was given: the bytes behind the first `so_far` of the stream come for it.
  void granted(std::uint64_t so_far, Clock::time_point now);
  // The first `so_far` bytes of the stream have come; it is one of `streams` on its connection.
  void received(std::uint64_t so_far, std::size_t streams, Clock::time_point now);

 private:
  struct Probe {
    std::uint64_t so_far;
    Clock::time_point at;
  };

  std::uint64_t size_ = kFirstWindow;
  std::optional<Probe> probe_;
  Clock::duration shortest_ = Clock::duration::max();
};

}  // namespace agent::net
