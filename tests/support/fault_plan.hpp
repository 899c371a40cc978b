// FaultPlan: what becomes of a connection through a FaultProxy, laid down when it is accepted.
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

namespace test {

inline constexpr std::size_t kNever = std::numeric_limits<std::size_t>::max();

// "Up" is from the client to the target.
struct FaultPlan {
  std::size_t cut_up = kNever;         // both sides are closed once so many bytes went up
  std::size_t cut_down = kNever;       // or down
  bool reset = false;                  // a cut is an RST, not a FIN
  std::size_t piece = 64 * 1024;       // bytes that are passed on at once
  std::chrono::milliseconds delay{0};  // before each piece
  bool swallow = false;                // accepted, and never heard of again
};

}  // namespace test
