#include "host/network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace agent::host {

std::string format_mac(std::span<const std::uint8_t> address) {
  bool zero = std::all_of(address.begin(), address.end(), [](std::uint8_t byte) { return byte == 0; });
  return zero ? std::string() : fmt::format("{:02x}", fmt::join(address, ":"));
}

}  // namespace agent::host
