// unmask: XOR with a frame's masking key (RFC 6455, section 5.3), eight bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace agent::net {

// Changes `data` in place. The key is in memory order in the low four bytes of `prepared_key`; returns
// the key turned so that the next piece of the same frame goes on with it.
inline std::size_t unmask(std::uint8_t* data, std::size_t length, std::size_t prepared_key) {
  auto key = static_cast<std::uint32_t>(prepared_key);
  std::uint64_t wide = key | (static_cast<std::uint64_t>(key) << 32);
  std::size_t i = 0;
  for (; i + 8 <= length; i += 8) {
    std::uint64_t word;
    std::memcpy(&word, data + i, 8);
    word ^= wide;
    std::memcpy(data + i, &word, 8);
  }
  std::uint8_t bytes[4];
  std::memcpy(bytes, &key, 4);
  for (std::size_t j = 0; i < length; ++i, ++j) data[i] ^= bytes[j % 4];

  std::uint8_t turned[4];
  for (std::size_t j = 0; j < 4; ++j) turned[j] = bytes[(length + j) % 4];
  std::memcpy(&key, turned, 4);
  return key;
}

}  // namespace agent::net
