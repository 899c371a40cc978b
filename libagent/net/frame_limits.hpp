// frame_limits: what a frame may announce, and what is set aside for it. For websocketpp's processor
// (third_party/websocketpp.cmake).
#pragma once

#include <algorithm>
#include <cstddef>

namespace agent::net {

// Whether a frame of `size` bytes may belong to a message that has `held` bytes of text already. Of
// compressed bytes nobody knows what they become: Deflate counts.
inline bool fits(std::size_t size, std::size_t held, bool compressed, std::size_t max_message) {
  if (compressed) return size / 2 <= max_message;
  return held <= max_message && size <= max_message - held;
}

// At once; beyond, memory is taken as the bytes arrive.
inline std::size_t set_aside(std::size_t size) { return std::min<std::size_t>(size, 1024 * 1024); }

}  // namespace agent::net
