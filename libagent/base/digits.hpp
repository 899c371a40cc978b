// Digits of numbers that have a fixed width. A format string takes five times as long, which shows in servers
// that name and date each of many commands.
#pragma once

#include <cstddef>
#include <cstdint>

namespace agent {

// Writes the last `width` digits of `value` to `out`, with zeros in front, in base `Base` (at most 16, small
// letters). Returns the place behind them.
template <unsigned Base = 10>
constexpr char* put_digits(char* out, std::uint64_t value, std::size_t width) {
  static_assert(Base >= 2 && Base <= 16);
  for (std::size_t i = width; i-- > 0; value /= Base) out[i] = "0123456789abcdef"[value % Base];
  return out + width;
}

}  // namespace agent
